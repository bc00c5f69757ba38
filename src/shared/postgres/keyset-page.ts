import { INVALID_CURSOR } from '../contracts/problem';
import { type z } from 'zod';
import { AppError } from '../errors';

/** The page of a list that a caller requests. */
export interface PageRequest {
  /** The maximum number of rows of the page. */
  limit: number;
  /** `next_cursor` of the previous page; undefined for the first page. */
  cursor?: string | undefined;
}

export interface Page<Row> {
  rows: Row[];
  /** The cursor of the next page; null when there is none. */
  nextCursor: string | null;
}

export interface PageReader<Row, Position> {
  /** The schema of a row's position in the list, which a cursor encodes as JSON. */
  position: z.ZodType<Position>;
  positionOf: (row: Row) => Position;
  /** Reads at most `limit` rows after a position; null reads from the start of the list. */
  read: (after: Position | null, limit: number) => Promise<Row[]>;
}

/**
 * Reads a page by keyset pagination: on any page, rows that are inserted meanwhile cause no row to be repeated or skipped. The cursor is
 * the position of the last row as base64url-encoded JSON. It is not signed: the rows that a caller can see do not depend on it.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`) when the cursor is not a position in this list.
 */
export async function readPage<Row, Position>(
  { limit, cursor }: PageRequest,
  { position, positionOf, read }: PageReader<Row, Position>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? null : decodeCursor(position, cursor);
  // One more row than the page holds shows whether there is another page.
  const found = await read(after, limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return { rows, nextCursor: hasMore ? encodeCursor(positionOf(last)) : null };
}

export const encodeCursor = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws AppError `invalid_input` (`invalid_cursor`) */
export function decodeCursor<Position>(schema: z.ZodType<Position>, cursor: string): Position {
  const { data, success } = schema.safeParse(parsed(cursor));
  if (success) return data;
  throw new AppError(INVALID_CURSOR, 'the cursor does not belong to this list; start again without it', {
    errors: [{ path: 'cursor', message: 'does not belong to this list' }],
  });
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
