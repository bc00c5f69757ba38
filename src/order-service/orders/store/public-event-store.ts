import { cursorBehind, FEED_START, type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { byKey, type Queryable } from '../../../shared/postgres/queryable';
import { type Order } from '../domain/order';
import { ORDER_COLUMNS, type OrderRow, toOrder } from './order-store';

/** The cursor at which the public events begin; null when its position is not in the feed any more. */
export async function publicEventStart(
  db: Queryable,
): Promise<{ position: string; cursor: FeedCursor | null }> {
  const { rows } = await db.query<{ position: string; event_id: string | null }>(
    byKey(`SELECT s.position, f.event_id
             FROM public_event_start s LEFT JOIN event_feed f ON f.position = s.position
            WHERE s.is_only`),
  );
  const { position, event_id: id } = rows[0] ?? { position: '0', event_id: null };
  if (position === '0') return { position, cursor: FEED_START };
  return { position, cursor: id === null ? null : cursorBehind(position, id) };
}

/** Orders of any client by id, as they are now. */
export async function presentOrders(db: Queryable, orderIds: readonly string[]): Promise<Map<string, Order>> {
  const { rows } = await db.query<OrderRow>(
    byKey(`SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.order_id = ANY ($1::uuid[])`),
    [orderIds],
  );
  return new Map(rows.map((row) => [row.order_id, toOrder(row)]));
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
