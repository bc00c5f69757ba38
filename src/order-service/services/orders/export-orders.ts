import { type Queryable } from '../../../shared/postgres/queryable';
import { type ListPosition, type OrderFilter } from '../../domain/order-list';
import { type Order } from '../../domain/order';
import { listOrders } from '../../store/order-list';

/** How many orders are in memory at a time. */
const PAGE = 500;

/**
 * All orders that a client may see (null: every client's), oldest first, page by page: one short statement each, so that neither
 * memory nor a transaction grows with their number.
 */
export async function* exportOrders(
  db: Queryable,
  filter: OrderFilter,
  clientId: string | null,
): AsyncGenerator<Order[]> {
  const sort = { column: 'created_at', descending: false } as const;
  let after: ListPosition | null = null;
  for (;;) {
    const page = await listOrders(db, { filter, sort, after, limit: PAGE }, clientId);
    if (page.length > 0) yield page.map(({ order }) => order);
    if (page.length < PAGE) return;
    after = page.at(-1)?.position ?? null;
  }
}
