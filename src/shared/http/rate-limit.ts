import { type Request, type RequestHandler, type Response } from 'express';
import {
  ipKeyGenerator,
  rateLimit as expressRateLimit,
  type RateLimitInfo,
  type Store,
} from 'express-rate-limit';
import { QUOTA_EXCEEDED } from '../contracts/problem';
import { AppError } from '../errors';
import { type CountStore } from '../redis/redis-rate-limit-store';

const MINUTE_MS = 60_000;

export interface RateLimitOptions {
  /** Requests per minute; 0 disables the limit. */
  perMinute: number;
  /** The store of the counts; by default the memory of this process. */
  store?: Store;
}

/**
 * Counts requests per client, or per address without an authenticated caller, and refuses requests over the quota with 429. Answers carry
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-08).
 */
export function rateLimit({ perMinute, store }: RateLimitOptions): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return expressRateLimit({
    windowMs: MINUTE_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'requests-per-minute',
    keyGenerator: quotaKey,
    validate: false,
    ...(store && { store }),
    handler(request: Request & { rateLimit?: RateLimitInfo }, _response, next) {
      next(quotaExceeded(secondsUntil(request.rateLimit?.resetTime)));
    },
  });
}

/** The key of the quota that a request counts against. */
function quotaKey(request: Request): string {
  return request.caller ? `client:${request.caller.clientId}` : `address:${addressOf(request)}`;
}

/** The address of a request; for IPv6 the network, since the holder of one of its addresses has all of them. */
export function addressOf(request: Request): string {
  return networkOf(request.ip ?? '');
}

/** Returns an IPv4 address unchanged, and the /56 network of an IPv6 address. */
export function networkOf(address: string): string {
  return ipKeyGenerator(address);
}

/** The whole seconds until a time, at least one. */
export function secondsUntil(time: Date | undefined): number {
  return Math.max(1, Math.ceil(((time?.getTime() ?? 0) - Date.now()) / 1_000));
}

function quotaExceeded(retryAfterSeconds: number): AppError {
  return new AppError(QUOTA_EXCEEDED, `too many requests; try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}

/**
 * Adds `amount` to the count of the caller's quota, for a request that does the work of several requests: the whole amount or, when it
 * exceeds the quota, nothing.
 *
 * @throws AppError `quota_exceeded` that states the remaining quota and when there is more.
 */
export type SpendQuota = (request: Request, response: Response, amount: number) => Promise<void>;

/** @param store the store in which `rateLimit` counts. */
export function createQuotaSpender(perMinute: number, store: CountStore): SpendQuota {
  if (perMinute === 0) return () => Promise.resolve();
  return async (request, response, amount) => {
    if (amount === 0) return;
    const { granted, totalHits, resetTime } = await store.spend(quotaKey(request), amount, perMinute);
    const left = Math.max(0, perMinute - totalHits);
    setRemaining(response, left);
    if (granted) return;
    const retryAfterSeconds = secondsUntil(resetTime);
    throw new AppError(
      QUOTA_EXCEEDED,
      `this request counts as ${amount + 1} requests; ${left + 1} of ${perMinute} per minute are left; try again in ${retryAfterSeconds} s`,
      { retryAfterSeconds },
    );
  };
}

/** Corrects the header that was set when the request itself was counted. */
function setRemaining(response: Response, left: number): void {
  const header = response.getHeader('RateLimit');
  if (typeof header === 'string') response.setHeader('RateLimit', header.replace(/\br=\d+/, `r=${left}`));
}
