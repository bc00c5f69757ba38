import { z } from 'zod';
import { integerParameter } from './integers';

/** A list of `min` to `max` elements. The count is checked first, so that no element of a longer list is validated. */
export function list<S extends z.ZodType>(element: S, min: number, max: number) {
  const isLong = (value: unknown): boolean => Array.isArray(value) && value.length > max;
  return z.preprocess(
    refusing(isLong, `must have at most ${max} elements`),
    z.array(element).min(min).max(max),
  );
}

/** Text by name, at most `max` pairs; empty when absent. The count is checked first, so that no pair of a larger object is validated. */
export function pairs(name: z.ZodType<string, string>, value: z.ZodType<string, string>, max: number) {
  return z.preprocess(refusingMorePairs(max), pairsOf(name, value, max).default({}));
}

/** Like {@link pairs}, but undefined when absent. */
export function optionalPairs(
  name: z.ZodType<string, string>,
  value: z.ZodType<string, string>,
  max: number,
) {
  return z.preprocess(refusingMorePairs(max), pairsOf(name, value, max).optional());
}

const pairsOf = (name: z.ZodType<string, string>, value: z.ZodType<string, string>, max: number) =>
  z.record(name, value).meta({ maxProperties: max });

const refusingMorePairs = (max: number) =>
  refusing(
    (input) => typeof input === 'object' && input !== null && Object.keys(input).length > max,
    `must have at most ${max} pairs`,
  );

const refusing =
  (isLong: (value: unknown) => boolean, message: string) =>
  (value: unknown, context: z.RefinementCtx): unknown => {
    if (!isLong(value)) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };

/** The query parameters of a paginated list: at most 100 rows per page. */
export const pageParameters = {
  limit: integerParameter(1, 100, 20),
  cursor: z
    .string()
    .max(500)
    .optional()
    .describe('`next_cursor` of the previous page, with the same filters and sort'),
};
