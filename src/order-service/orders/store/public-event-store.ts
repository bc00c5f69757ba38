import { type FeedStart } from '../../../shared/event-log/event-feed';
import { cursorBehind, FEED_START, type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { type Order } from '../domain/order';
import { ORDER_COLUMNS, type OrderRow, toOrder } from './order-store';

/** The public events begin behind the position that the migration recorded. */
export const PUBLIC_START: FeedStart = '(SELECT position FROM public_event_start WHERE is_only)';

/** Orders of any client by id, as they are now. */
export async function presentOrders(db: Queryable, orderIds: readonly string[]): Promise<Map<string, Order>> {
  const { rows } = await db.query<OrderRow>(
    byKey(`SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.order_id = ANY ($1::uuid[])`),
    [orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, toOrder(row)]));
}

/** The customers of orders of any client, by order id. */
export async function customersOf(db: Queryable, orderIds: readonly string[]): Promise<Map<string, string>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await db.query<{ order_id: string; customer_id: string }>(
    byKey('SELECT order_id, customer_id FROM orders WHERE order_id = ANY ($1::uuid[])'),
    [orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, row.customer_id]));
}

/**
 * Present state of one order with the cursor behind the last event of the feed, from one snapshot; null when the owner (null: any) has no
 * such order.
 */
export async function orderWithCursor(
  db: Queryable,
  orderId: string,
  owner: string | null,
): Promise<{ order: Order; cursor: FeedCursor } | null> {
  const { rows } = await db.query<OrderRow & { position: string | null; event_id: string | null }>(
    byKey(`SELECT ${ORDER_COLUMNS}, f.position, f.event_id
             FROM orders o
                  LEFT JOIN LATERAL (SELECT position, event_id FROM event_feed ORDER BY position DESC LIMIT 1) AS f ON true
            WHERE o.order_id = $1 AND ($2::text IS NULL OR o.client_id = $2)`),
    [orderId, owner],
  );
  const [row] = rows;
  if (!row) return null;
  const { position, event_id: id } = row;
  return {
    order: toOrder(row),
    cursor: position === null || id === null ? FEED_START : cursorBehind(position, id),
  };
}
