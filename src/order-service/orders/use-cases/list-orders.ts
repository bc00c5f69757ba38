import { z } from 'zod';
import { uuid } from '../../../shared/contracts/text';
import { timestamp } from '../../../shared/contracts/timestamps';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type OrderFilter, type OrderSort } from '../domain/order-list';
import { type Order } from '../domain/order';
import { listOrders as list, type ListedOrder } from '../store/order-list';

export interface ListOrdersDependencies {
  reads: ReadPool;
}

export interface ListOrders extends PageRequest {
  filter: OrderFilter;
  sort: OrderSort;
}

/**
 * A page of the orders that a client may see (null: every client's), by keyset pagination.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`) for a cursor of a list with another sort; `unprocessable` (`query_too_broad`) when
 * too many orders have to be read; `quota_exceeded` (`too_many_reads`) when the reader runs too many lists and exports at once.
 */
export async function listOrders(
  { reads }: ListOrdersDependencies,
  { filter, sort, ...page }: ListOrders,
  clientId: string | null,
  reader: Reader,
): Promise<Page<Order>> {
  const { rows, nextCursor } = await readPage(page, {
    position: positionIn(sort),
    positionOf: ({ position: { value, orderId } }: ListedOrder) =>
      [sort.column, sort.descending, value, orderId] as const,
    read: (after, limit) => {
      const position = after && { value: after[2], orderId: after[3] };
      return reads.read(reader, (db) => list(db, { filter, sort, after: position, limit, clientId }));
    },
  });
  return { rows: rows.map(({ order }) => order), nextCursor };
}

const amountText = z.string().regex(/^\d{1,16}(?:\.\d{1,3})?$/);

/** The sort column and its direction, the value as text, and the order id, which breaks ties. */
const positionIn = ({ column, descending }: OrderSort) =>
  z
    .tuple([
      z.literal(column),
      z.literal(descending),
      column === 'total_amount' ? amountText : timestamp,
      uuid,
    ])
    .readonly();
