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

/** 429 and other statuses mean that a repeat would be too early or would not help. */
const REPEATED: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Statuses after which the same request can succeed later (RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2, RFC 4918 §11.5). They include
 * refused credentials, a fault between the services that ends when keys and settings match again. Every other error status is permanent,
 * even 500, because our services answer 503 to temporary faults.
 */
const TRANSIENT: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429, 502, 503, 504, 507]);

/**
 * Refusals that the caller of this service may have caused and receives. A path that the other service does not have is a mistake of this
 * service.
 */
const REFUSALS = SHARED_PROBLEM_TYPES.filter(
  (type) => [400, 404, 409, 412, 422].includes(type.status) && type !== UNKNOWN_PATH,
);

export interface ServiceClientOptions {
  /** The name of the other service, for error texts. */
  name: string;
  baseUrl: string;
  /** Returns a bearer token for the next call; absent when every call has its own. */
  token?: () => string;
  /** Returns ids to pass on, such as `X-Correlation-Id`. */
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

/** Calls another service: with a time limit, repeated where that is safe, and not at all while the service keeps failing. */
export interface ServiceClient extends Component {
  /**
   * @throws AppError with the other service's refusal (4xx with a problem); `unavailable` when it does not answer or is temporarily
   * unable to; `bad_gateway` for any other answer, which a repeat would not change. After the last two the outcome of a call that changes
   * something is unknown.
   */
  send<S extends z.ZodType>(call: ServiceCall, schema: S): Promise<z.output<S>>;
  get<S extends z.ZodType>(path: string, schema: S, params?: Record<string, unknown>): Promise<z.output<S>>;
}

/**
 * Repeats GETs after network faults, 502, 503 and 504, with jittered exponential delay. The circuit breaker opens when half of the recent
 * calls met an outage. Any other answer concerns the single request: it neither opens the breaker nor is repeated.
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
      throw badGateway(`the response of the ${options.name} violates the contract`, checked.error);
    },
    get: (path, schema, params) => client.send({ method: 'GET', path, ...(params && { params }) }, schema),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(breaker.shutdown()),
  };
  return client;
}

function createHttp(options: ServiceClientOptions): AxiosInstance {
  const http = axios.create({
    baseURL: options.baseUrl,
    timeout: options.timeoutMs,
    httpAgent: new Agent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
    // Repeats parameters without brackets: order_id=a&order_id=b.
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
    // A PUT whose answer was lost may have been executed; a repeat would be refused as an illegal step.
    retryCondition: (error) =>
      error.config?.method?.toUpperCase() === 'GET' &&
      isNetworkOrIdempotentRequestError(error) &&
      (!error.response || REPEATED.has(error.response.status)),
  });
  return http;
}

type Answered = AxiosError & { response: AxiosResponse };

/** Whether a failure says nothing about the request: no answer, or that of a service that is unavailable or busy. */
function isOutage(error: unknown): boolean {
  return !isAnswered(error) || TRANSIENT.has(error.response.status);
}

/**
 * Converts the failure of a request to another service: the other service's refusal with its code and its faults; `unavailable` for an
 * outage; `bad_gateway` for any other answer.
 *
 * @param service the name of the other service.
 */
export function toAppError(error: unknown, service: string): AppError {
  if (isOutage(error))
    return new AppError(UNAVAILABLE, `the ${service} does not respond`, {
      cause: error,
      ...retryAfter(error),
    });
  const { response } = error as Answered;
  return refusalIn(response) ?? badGateway(`the ${service} answered with ${response.status}`, error);
}

/** An answer that violates the contract; a repeat would not help. */
const badGateway = (message: string, cause: unknown): AppError =>
  new AppError(BAD_GATEWAY, message, { cause });

const isAnswered = (error: unknown): error is Answered => isAxiosError(error) && error.response !== undefined;

/** Null for an answer that does not come from the other service itself, or does not concern the caller's request. */
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

/** Reads `Retry-After` in seconds (RFC 9110 §10.2.3), at most a minute. */
function retryAfter(error: unknown): { retryAfterSeconds?: number } {
  const header: unknown = isAnswered(error) ? error.response.headers['retry-after'] : undefined;
  const isSeconds = typeof header === 'string' && /^[1-9]\d*$/.test(header);
  return isSeconds ? { retryAfterSeconds: Math.min(60, Number(header)) } : {};
}
