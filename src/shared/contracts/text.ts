import { z } from 'zod';

/** PostgreSQL cannot store NUL; a lone surrogate has no UTF-8 form and would be stored as another character. */
export const isStorable = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed();

/** The same rule as a regular expression, for the contract. */
export const STORABLE_PATTERN = String.raw`^[^\u0000\ud800-\udfff]*$`;

/** Counts code points, as JSON Schema does; JavaScript's length counts most emoji twice. */
const isAtMost = (value: string, max: number): boolean =>
  value.length <= max || (value.length <= 2 * max && [...value].length <= max);

/**
 * Text of `min`–`max` characters (Unicode code points; `min` is 0 or 1) that every store and queue keeps unchanged. Refuses NUL and lone
 * surrogates.
 */
export const text = (min: 0 | 1, max: number) =>
  z
    .string()
    .min(min)
    .refine((value) => isAtMost(value, max), `must have at most ${max} characters`)
    .refine(isStorable, 'must not contain NUL or unpaired surrogates')
    .meta({ maxLength: max, pattern: STORABLE_PATTERN });

/** A UUID of any version, in lower case; ids created here have version 7 (RFC 9562), so that they sort by time. */
export const uuid = z.guid().toLowerCase();

/** The lowest UUIDv7 of a moment, in milliseconds since 1970: ids created since then are not below it. */
export function leastIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Sorts after every id. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export const customerId = text(1, 100);
export const productId = text(1, 100);

/** The accepted form of a caller's correlation id; any other is replaced by a new one. */
export const CORRELATION_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

/** The syntax of a client id. */
export const clientId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{2,63}$/,
    'must be 3 to 64 lower-case letters, digits, dots, hyphens or underscores',
  );
