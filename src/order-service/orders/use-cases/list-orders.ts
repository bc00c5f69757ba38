import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type OrderFilter, type OrderSort } from '../domain/order-list';
import { type Order } from '../domain/order';
import { listOrders as list } from '../store/order-list';
import { decodeCursor, encodeCursor } from './list-cursor';

export interface ListOrdersDependencies {
  reads: ReadPool;
  /** The identity of the database: all instances agree on it, and it is never shown. */
  installation: () => Promise<string>;
}

export interface ListOrders {
  filter: OrderFilter;
  sort: OrderSort;
  limit: number;
  cursor: string | undefined;
}

export interface OrderPage {
  orders: Order[];
  nextCursor: string | null;
}

/**
 * A page of the orders that a client may see (null: every client's). Keyset pagination: no order is shown twice or left out because
 * others arrive, however deep the page.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`) for a cursor of another list; `unprocessable` (`query_too_broad`) when too many
 * orders have to be looked at; `quota_exceeded` (`too_many_reads`) when the reader has too many lists and exports at once.
 */
export async function listOrders(
  { reads, installation }: ListOrdersDependencies,
  { filter, sort, limit, cursor }: ListOrders,
  clientId: string | null,
  reader: Reader,
): Promise<OrderPage> {
  const secret = `cursor:${await installation()}`;
  const identity = [clientId, filter, sort];
  const after = cursor === undefined ? null : decodeCursor(secret, identity, cursor);
  const request = { filter, sort, after, limit: limit + 1, clientId };
  const found = await reads.read(reader, (db) => list(db, request));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    orders: page.map(({ order }) => order),
    nextCursor: found.length > limit && last ? encodeCursor(secret, identity, last.position) : null,
  };
}
