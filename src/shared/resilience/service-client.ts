import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import axiosRetry, { exponentialDelay, isNetworkOrIdempotentRequestError } from 'axios-retry';
import CircuitBreaker from 'opossum';
import { type z } from 'zod';
import { type Component } from '../runtime/lifecycle';
import { badGateway, isOutage, toAppError } from './refusal';

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
