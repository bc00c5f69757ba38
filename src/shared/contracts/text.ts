import { z } from 'zod';

/** NUL cannot be stored by PostgreSQL; a lone surrogate has no UTF-8 form and would be stored as something else. */
export const isStorable = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed();

/** The same as a regular expression, for the contract. */
export const STORABLE_PATTERN = String.raw`^[^\u0000\ud800-\udfff]*$`;

/** Code points, as JSON Schema counts; JavaScript's length counts most emoji twice. */
const isAtMost = (value: string, max: number): boolean =>
  value.length <= max || (value.length <= 2 * max && [...value].length <= max);

/**
 * Text of `min`–`max` characters (Unicode code points; `min` is 0 or 1) that every store and queue on the way keeps unchanged.
 * Refuses NUL and lone surrogates.
 */
export const text = (min: 0 | 1, max: number) =>
  z
    .string()
    .min(min)
    .refine((value) => isAtMost(value, max), `must have at most ${max} characters`)
    .refine(isStorable, 'must not contain NUL or unpaired surrogates')
    .meta({ maxLength: max, pattern: STORABLE_PATTERN });

/** A UUID of any version, in lower case; ids made here are version 7 (RFC 9562), so that they sort by time. */
export const uuid = z.guid().toLowerCase();

/** The least UUIDv7 of a moment, in milliseconds since 1970: ids made since then are not below it. */
export function leastIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Behind every id. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export const customerId = text(1, 100);
export const productId = text(1, 100);

/** What a correlation id from outside may look like; anything else is replaced by one made here. */
export const CORRELATION_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;
