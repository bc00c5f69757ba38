import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, {
  type AxiosError,
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  isAxiosError,
} from 'axios';
import axiosRetry, { exponentialDelay, isNetworkOrIdempotentRequestError } from 'axios-retry';
import CircuitBreaker from 'opossum';
import { type z } from 'zod';
import { BAD_GATEWAY, problem, SHARED_PROBLEM_TYPES, UNAVAILABLE, UNKNOWN_PATH } from '../contracts/problem';
import { AppError } from '../errors';
import { type Component } from '../runtime/lifecycle';

export interface ServiceClientOptions {
  /** The other service's name, for error texts. */
  name: string;
  baseUrl: string;
  /** A bearer token for the next call; absent when every call brings its own. */
  token?: () => string;
  /** Ids to pass on, such as `X-Correlation-Id`. */
  headers: () => Record<string, string>;
  timeoutMs: number;
}

export interface ServiceCall {
  method: 'GET' | 'PUT' | 'POST';
  path: string;
  params?: Record<string, unknown>;
  /** Sent as JSON, or as a form when it is URLSearchParams. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Calls another service: bounded in time, repeated where that is safe, and not at all while it keeps failing. */
export interface ServiceClient extends Component {
  /**
   * @throws AppError as the other service refused (4xx with a problem); `unavailable` when it does not answer or cannot at the moment;
   * `bad_gateway` for any other answer, which repeating would not change. After the last two the outcome of a call that changes
   * something is unknown.
   */
  send<S extends z.ZodType>(call: ServiceCall, schema: S): Promise<z.output<S>>;
  get<S extends z.ZodType>(path: string, schema: S, params?: Record<string, unknown>): Promise<z.output<S>>;
}

/**
 * Repeats GETs after network faults, 502, 503 and 504, with jittered exponential delay; opens after half of recent calls met an
 * outage. Any other answer neither opens the breaker nor is repeated: it is about the one request.
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const http = createHttp(options);
  const breaker = new CircuitBreaker((request: AxiosRequestConfig) => http.request<unknown>(request), {
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 5,
    resetTimeout: 2_000,
    errorFilter: (error) => !isOutage(error),
  });

  const client: ServiceClient = {
    name: `client of the ${options.name}`,
    async send({ method, path, params, body, headers = {} }, schema) {
      const request = { method, url: path, params, data: body, headers };
      const { data } = await breaker.fire(request).catch((error: unknown) => {
        throw toAppError(error, options.name);
      });
      const checked = schema.safeParse(data);
      if (checked.success) return checked.data;
      throw badGateway(`the ${options.name} gave an answer that is not as agreed`, checked.error);
    },
    get: (path, schema, params) => client.send({ method: 'GET', path, ...(params && { params }) }, schema),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(breaker.shutdown()),
  };
  return client;
}

/** 429 and the rest say that it is too early to ask again, or that it would not help. */
const REPEATED: ReadonlySet<number> = new Set([502, 503, 504]);

function createHttp(options: ServiceClientOptions): AxiosInstance {
  const http = axios.create({
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    httpAgent: new Agent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
    // Repeated parameters without brackets: order_id=a&order_id=b.
    paramsSerializer: { indexes: null },
    proxy: false,
  });
  http.interceptors.request.use((request) => {
    request.headers.set(options.headers());
    if (options.token && !request.headers.has('Authorization'))
      request.headers.set('Authorization', `Bearer ${options.token()}`);
    return request;
  });
  axiosRetry(http, {
    retries: 2,
    retryDelay: (attempt, error) => exponentialDelay(attempt, error, 50),
    // A PUT whose answer was lost may have been executed: repeated, it would be refused as an illegal step.
    retryCondition: (error) =>
      error.config?.method?.toUpperCase() === 'GET' &&
      isNetworkOrIdempotentRequestError(error) &&
      (!error.response || REPEATED.has(error.response.status)),
  });
  return http;
}

type Answered = AxiosError & { response: AxiosResponse };

/** What the caller of this service can have caused, and is told. A path that the other service does not have is a mistake of this one. */
const REFUSALS = SHARED_PROBLEM_TYPES.filter(
  (type) => [400, 404, 409, 412, 422].includes(type.status) && type !== UNKNOWN_PATH,
);

/**
 * Statuses after which the same request can succeed later (RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2, RFC 4918 §11.5). Refused
 * credentials are among them: they lie between the services, and pass when keys and settings agree again. Every other error status
 * is permanent: 500 too, because a service of ours answers 503 to what passes by itself.
 */
const TRANSIENT: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429, 502, 503, 504, 507]);

/** Whether an attempt failed in a way that says nothing about the request: no answer, or one of a service that is away or busy. */
export function isOutage(error: unknown): boolean {
  return !isAnswered(error) || TRANSIENT.has(error.response.status);
}

/**
 * Why a request to another service failed, as an error of ours: the other service's refusal with its code and what it says about the
 * fault; `unavailable` for an outage; `bad_gateway` for any other answer.
 *
 * @param service the other service's name.
 */
export function toAppError(error: unknown, service: string): AppError {
  if (isOutage(error))
    return new AppError(UNAVAILABLE, `the ${service} does not answer at the moment`, {
      cause: error,
      ...retryAfter(error),
    });
  const { response } = error as Answered;
  return refusalIn(response) ?? badGateway(`the ${service} answered with ${response.status}`, error);
}

/** An answer that is not as agreed: to ask again would not help. */
export const badGateway = (message: string, cause: unknown): AppError =>
  new AppError(BAD_GATEWAY, message, { cause });

const isAnswered = (error: unknown): error is Answered => isAxiosError(error) && error.response !== undefined;

/** Null for an answer that does not come from the other service itself, or is not about what the caller asked for. */
function refusalIn({ status, data: body }: AxiosResponse): AppError | null {
  const { data } = problem.partial().safeParse(body);
  const type = REFUSALS.find((known) => known.code === data?.code && known.status === status);
  if (!data || !type) return null;
  return new AppError(type, data.detail ?? `refused with ${status}`, {
    ...(data.errors && { errors: data.errors }),
    ...(data.more_errors !== undefined && { moreErrors: data.more_errors }),
    ...(data.allowed && { allowed: data.allowed }),
    ...(data.current_version !== undefined && { currentVersion: data.current_version }),
  });
}

/** Seconds (RFC 9110 §10.2.3), at most a minute. */
function retryAfter(error: unknown): { retryAfterSeconds?: number } {
  const header: unknown = isAnswered(error) ? error.response.headers['retry-after'] : undefined;
  const isSeconds = typeof header === 'string' && /^[1-9]\d*$/.test(header);
  return isSeconds ? { retryAfterSeconds: Math.min(60, Number(header)) } : {};
}
