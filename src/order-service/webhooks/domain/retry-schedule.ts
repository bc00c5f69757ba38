/** The time between a failed attempt and the next one, in milliseconds: ten attempts within 55 hours and 35 minutes. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  60_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  5 * 3_600_000,
  10 * 3_600_000,
  14 * 3_600_000,
  24 * 3_600_000,
];

/** The longest time that an endpoint can ask for with `Retry-After`, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** A delay is lengthened by up to this share, so that deliveries that failed together are not repeated together. */
const JITTER = 0.2;

/** All attempts of a delivery end within these days, even if the endpoint asks for the longest time after each. */
export const LEAST_RETENTION_DAYS = 10;

/**
 * The delay before the next attempt of a delivery, in milliseconds; null after the last one.
 *
 * @param tries the number of failed attempts, at least 1
 * @param retryAfterMs the delay that the endpoint asked for; the longer of both applies
 * @param random from 0 to 1
 */
export function retryDelayMs(tries: number, retryAfterMs: number | null, random: number): number | null {
  const delay = RETRY_DELAYS_MS[tries - 1];
  if (delay === undefined) return null;
  const asked = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs ?? 0);
  return Math.round(Math.max(delay * (1 + JITTER * random), asked));
}

/**
 * The delay of a `Retry-After` header in milliseconds: seconds or an HTTP date (RFC 9110 §10.2.3). Null for any other text; 0 for a date
 * that has passed.
 */
export function parseRetryAfter(header: string | null, now: Date): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  const at = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}

/** The three forms of RFC 9110 §5.6.7. `Date.parse` alone accepts numbers and other texts. */
const HTTP_DATE =
  /^(?:\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT|\w{6,9}, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT|\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;
