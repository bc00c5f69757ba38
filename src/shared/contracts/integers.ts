import { z } from 'zod';

/** The largest value of PostgreSQL's type `integer`, which holds every version. */
export const MAX_INTEGER = 2 ** 31 - 1;

/** The version of an order, of a shipment or of an event in its log. */
export const version = z.int().min(1).max(MAX_INTEGER);

/**
 * An integer sent as text, such as an environment variable. Only its canonical decimal form is accepted: `0x2`, `1e1`, `5.0`, `+5`, `05`,
 * ` 5` and the empty text are errors.
 */
export const integerText = (min: number, max: number) => z.preprocess(fromDecimal, integer(min, max));

/** The same for a query parameter that may be absent; a repeated parameter is an error. */
export const integerParameter = (min: number, max: number, fallback: number) =>
  z.preprocess(fromDecimal, integer(min, max).default(fallback));

function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

const fromDecimal = (value: unknown): unknown =>
  typeof value === 'string' && /^(?:0|-?[1-9]\d{0,14})$/.test(value) ? Number(value) : value;
