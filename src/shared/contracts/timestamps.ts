import { z } from 'zod';

/** Leaves room for nine decimals of a second with an offset, and for more with `Z`. */
const MAX_LENGTH = 35;

/** JavaScript and PostgreSQL write such years with four digits, so that the same time is stored and shown. */
const hasFourDigitYear = (text: string): boolean => {
  const year = new Date(text).getUTCFullYear();
  // NaN for an invalid time, which has an error of its own.
  return !(year < 1 || year > 9_999);
};

const YEAR_RANGE = 'must be in the years 1 to 9999 UTC';

/**
 * A time sent by a caller: RFC 3339 with any offset, in upper case, in at most 35 characters. Its year in UTC is 1 to 9999. Times are
 * kept to the millisecond.
 */
export const timestamp = z.iso
  .datetime({ offset: true, error: 'must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z' })
  .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)
  .refine(hasFourDigitYear, YEAR_RANGE);

/** A time as the services write it: in UTC, with `Z`. */
export const utcTimestamp = z.iso.datetime().refine(hasFourDigitYear, YEAR_RANGE);
