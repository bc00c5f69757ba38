import { z } from 'zod';

/** NUL cannot be stored by PostgreSQL; a lone surrogate has no UTF-8 form and would be stored as something else. */
export const isStorable = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed();

/**
 * Text of `min`–`max` characters (Unicode code points) that every store and queue on the way keeps unchanged.
 * Refuses NUL and lone surrogates.
 */
export const text = (min: number, max: number) =>
  z.string().min(min).max(max).refine(isStorable, 'must not contain NUL or unpaired surrogates');
