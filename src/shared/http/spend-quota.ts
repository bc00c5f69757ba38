import { QUOTA_EXCEEDED } from '../contracts/problem-types';
import { type Request, type Response } from 'express';
import { AppError } from '../errors';
import { type CountStore } from '../redis/fallback-store';
import { quotaKey, secondsUntil } from './rate-limit';

/**
 * Counts so many more against the quota of the caller, for a request that does the work of several: all of them or, when there is no
 * room, none.
 *
 * @throws AppError `quota_exceeded` that says how much room there is and when there is more.
 */
export type SpendQuota = (request: Request, response: Response, amount: number) => Promise<void>;

/** @param store the one in which `rateLimit` counts. */
export function quotaSpender(perMinute: number, store: CountStore): SpendQuota {
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
      `this request counts as ${amount + 1}; there is room for ${left + 1} of ${perMinute} a minute, again in ${retryAfterSeconds} s`,
      { retryAfterSeconds },
    );
  };
}

/** The header was set when the request itself was counted. */
function setRemaining(response: Response, left: number): void {
  const header = response.getHeader('RateLimit');
  if (typeof header === 'string') response.setHeader('RateLimit', header.replace(/\br=\d+/, `r=${left}`));
}
