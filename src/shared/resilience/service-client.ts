import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import axiosRetry, { exponentialDelay, isNetworkOrIdempotentRequestError } from 'axios-retry';
import CircuitBreaker from 'opossum';
import { type z } from 'zod';
import { AppError } from '../errors';
import { type Component } from '../runtime/lifecycle';
import { isRefusal, toAppError } from './refusal';

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
   * @throws AppError as the other service refused (4xx with a problem), or `unavailable` when no sound answer came. After that the
   * outcome of a call that changes something is unknown.
   */
  send<S extends z.ZodType>(call: ServiceCall, schema: S): Promise<z.output<S>>;
  get<S extends z.ZodType>(path: string, schema: S, params?: Record<string, unknown>): Promise<z.output<S>>;
}

/**
 * Retries GETs on network faults and 5xx with jittered exponential delay; opens after half of recent calls failed. A refusal (4xx)
 * is a sound answer: it neither opens the breaker nor is repeated.
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const http = createHttp(options);
  const breaker = new CircuitBreaker((request: AxiosRequestConfig) => http.request<unknown>(request), {
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 5,
    resetTimeout: 2_000,
    errorFilter: isRefusal,
  });

  const client: ServiceClient = {
    name: `client of the ${options.name}`,
    async send({ method, path, params, body, headers = {} }, schema) {
      try {
        const { data } = await breaker.fire({ method, url: path, params, data: body, headers });
        return schema.parse(data);
      } catch (cause) {
        if (isRefusal(cause)) throw toAppError(cause);
        throw new AppError('unavailable', `the ${options.name} does not answer at the moment`, { cause });
      }
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
      error.config?.method?.toUpperCase() === 'GET' && isNetworkOrIdempotentRequestError(error),
  });
  return http;
}
