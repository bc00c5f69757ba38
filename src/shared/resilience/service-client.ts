import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import axiosRetry, { exponentialDelay, isNetworkOrIdempotentRequestError } from 'axios-retry';
import CircuitBreaker from 'opossum';
import { type z } from 'zod';
import { AppError } from '../errors';
import { type Component } from '../runtime/lifecycle';

export interface ServiceClientOptions {
  /** The other service's name, for error texts. */
  name: string;
  baseUrl: string;
  /** A bearer token for the next call. */
  token: () => string;
  /** Ids to pass on, such as `X-Correlation-Id`. */
  headers: () => Record<string, string>;
  timeoutMs: number;
}

/** Calls another service: bounded in time, repeated where that is safe, and not at all while it keeps failing. */
export interface ServiceClient extends Component {
  /** @throws AppError `unavailable` when no sound answer came. */
  get<S extends z.ZodType>(path: string, schema: S, params?: Record<string, unknown>): Promise<z.output<S>>;
}

/** Retries GETs on network faults and 5xx with jittered exponential delay; opens after half of recent calls failed. */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const http = createHttp(options);
  const breaker = new CircuitBreaker((request: AxiosRequestConfig) => http.request<unknown>(request), {
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 5,
    resetTimeout: 2_000,
  });
  return {
    name: `client of the ${options.name}`,
    async get(path, schema, params) {
      try {
        const { data } = await breaker.fire({ method: 'GET', url: path, params });
        return schema.parse(data);
      } catch (cause) {
        throw new AppError('unavailable', `the ${options.name} does not answer at the moment`, { cause });
      }
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(breaker.shutdown()),
  };
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
    request.headers.set({ ...options.headers(), Authorization: `Bearer ${options.token()}` });
    return request;
  });
  axiosRetry(http, {
    retries: 2,
    retryDelay: (attempt, error) => exponentialDelay(attempt, error, 50),
    retryCondition: isNetworkOrIdempotentRequestError,
  });
  return http;
}
