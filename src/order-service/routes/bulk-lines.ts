import { AppError } from '../../shared/errors';

export const MAX_BULK_LINES = 1_000;

/** A line of an NDJSON body. */
export interface BulkLine {
  /** Counted from 1, empty lines too. */
  number: number;
  /** A view into the body, without the white space around the line. */
  bytes: Buffer;
}

const [NEWLINE, CARRIAGE_RETURN, SPACE, TAB] = [0x0a, 0x0d, 0x20, 0x09];

/**
 * The lines of an NDJSON body that are not empty. One pass over the bytes: nothing is decoded or copied, and nothing is executed
 * before all lines are counted.
 *
 * @throws AppError `invalid_input` when there are none, or more than 1000.
 */
export function bulkLines(body: Buffer): BulkLine[] {
  const lines: BulkLine[] = [];
  let [number, first, last] = [1, -1, -1];
  for (let at = 0; at <= body.length && lines.length <= MAX_BULK_LINES; at += 1) {
    const byte = at < body.length ? body[at] : NEWLINE;
    if (byte === NEWLINE) {
      if (first >= 0) lines.push({ number, bytes: body.subarray(first, last + 1) });
      number += 1;
      first = -1;
    } else if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) {
      if (first < 0) first = at;
      last = at;
    }
  }
  if (lines.length > 0 && lines.length <= MAX_BULK_LINES) return lines;
  const message = `must have 1 to ${MAX_BULK_LINES} lines`;
  throw new AppError('invalid_input', `the body ${message}`, { errors: [{ path: '', message }] });
}
