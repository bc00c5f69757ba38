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
