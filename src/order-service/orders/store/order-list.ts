import { QUERY_TOO_BROAD } from '../domain/problem-types';
import { UNAVAILABLE } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { isTimeLimit } from '../../../shared/postgres/database-errors';
import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { type ReadTransaction } from '../../../shared/postgres/read-pool';
import { type ListPosition, type OrderFilter } from '../domain/order-list';
import { type Order } from '../domain/order';
import {
  countStatement,
  pageStatement,
  positionStatement,
  sourcesOf,
  sourceStatement,
  type Statement,
} from './order-list-statements';
import { type ListRequest, type Source } from './order-list-conditions';
import { toOrder, type OrderRow } from './order-store';

export interface ListedOrder {
  order: Order;
  position: ListPosition;
}

/** Orders in sort order, and the position at which to continue; null: there are no more. */
export interface ListPart {
  orders: ListedOrder[];
  end: ListPosition | null;
}

/**
 * How many index entries each attempt reads: ten times as many as the one before, so that all attempts together take little longer than the
 * last.
 */
const ATTEMPTS = [2_000, 20_000, 200_000, 2_000_000] as const;

const LARGEST_ATTEMPT = Math.max(...ATTEMPTS);

/** If an attempt of this size exceeds the time limit, the list is too broad; if a smaller one does, the database is slow. */
const BROAD_LIST_ENTRIES = 200_000;

/**
 * A page of the orders that a client may see, in sort order.
 *
 * @throws AppError `unprocessable` (`query_too_broad`) when so many orders have to be read that the time limit is exceeded; `unavailable`
 * while the order list is far behind the orders.
 */
export async function listOrders(tx: ReadTransaction, request: ListRequest): Promise<ListedOrder[]> {
  const found: ListedOrder[] = [];
  let { after } = request;
  for (let attempt = 0; ; attempt += 1) {
    const entries = ATTEMPTS[attempt] ?? LARGEST_ATTEMPT;
    const rest = { ...request, after, limit: request.limit - found.length };
    try {
      const { orders, end } = await nextPart(tx, rest, entries, attempt < ATTEMPTS.length);
      found.push(...orders);
      if (end === null || found.length === request.limit) return found;
      after = end;
    } catch (error) {
      throw isTimeLimit(error) && entries >= BROAD_LIST_ENTRIES ? tooBroad(request.filter, error) : error;
    }
  }
}

/**
 * The next orders of a list, found by reading about `entries` index entries. If one of the filters matches no more orders than that, all of
 * them are read and sorted; else orders are checked in sort order, up to that number. Both ways find the same orders.
 *
 * @param mayRead false: an earlier call found that no filter matches so few orders.
 */
export async function nextPart(
  tx: ReadTransaction,
  request: ListRequest,
  entries: number,
  mayRead = true,
): Promise<ListPart> {
  const sources = sourcesOf(request);
  if (sources.length === 0) return lastPage(tx, request, pageStatement(request, null));
  const source = mayRead ? await smallSource(tx, request, sources, entries) : null;
  if (source) return lastPage(tx, request, sourceStatement(request, source));
  const until = await positionBehind(tx, request, entries);
  const { text, values } = pageStatement(request, until);
  const orders = toListed(await tx.query<ListedRow>(byKey(text), values));
  return { orders, end: orders.length === request.limit ? endOf(orders) : until };
}

/** A page that is read by the last statement of its transaction. If it has fewer orders than requested, the list ends. */
async function lastPage(
  tx: ReadTransaction,
  { limit }: ListRequest,
  { text, values }: Statement,
): Promise<ListPart> {
  const orders = toListed(await tx.queryLast<ListedRow>(byKey(text), values));
  return { orders, end: orders.length === limit ? endOf(orders) : null };
}

type ListedRow = ((OrderRow & PositionRow) | { order_id: null }) & { is_far_behind: boolean };

/** @throws AppError `unavailable` while too many events wait for the order list. */
function toListed({ rows }: { rows: ListedRow[] }): ListedOrder[] {
  if (rows[0]?.is_far_behind)
    throw new AppError(UNAVAILABLE, 'lists are not available until recent changes have been added to them');
  return rows.flatMap((row) =>
    row.order_id === null ? [] : [{ order: toOrder(row), position: toPosition(row) }],
  );
}

/** The source with the fewest entries; null when each source has more than `entries`. */
async function smallSource(
  db: Queryable,
  request: ListRequest,
  sources: readonly Source[],
  entries: number,
): Promise<Source | null> {
  const { text, values } = countStatement(request, sources, entries + 1);
  const { rows } = await db.query<{ counts: number[] }>(byKey(text), values);
  const counts = rows[0]?.counts ?? [];
  const fewest = Math.min(...counts);
  return fewest > entries ? null : (sources[counts.indexOf(fewest)] ?? null);
}

async function positionBehind(
  db: Queryable,
  request: ListRequest,
  entries: number,
): Promise<ListPosition | null> {
  const { text, values } = positionStatement(request, entries);
  const { rows } = await db.query<PositionRow>(byKey(text), values);
  return rows[0] ? toPosition(rows[0]) : null;
}

interface PositionRow {
  sort_value: string;
  order_id: string;
}

const toPosition = (row: PositionRow): ListPosition => ({ value: row.sort_value, orderId: row.order_id });

const endOf = (orders: readonly ListedOrder[]): ListPosition | null => orders.at(-1)?.position ?? null;

/** A shorter period has fewer orders to read, in any sort order. */
function tooBroad({ createdFrom }: OrderFilter, cause: unknown): AppError {
  const advice = createdFrom ? 'a later created_from, or created_to' : 'created_from';
  return new AppError(
    QUERY_TOO_BROAD,
    `the list covers too many orders for the time limit; add ${advice} to cover a shorter time`,
    {
      errors: [{ path: 'created_from', message: `add ${advice}: the list covers too many orders` }],
      cause,
    },
  );
}
