import { batchPruning, type PruneBatch } from '../../../shared/event-log/prune-events';
import { type Queryable } from '../../../shared/postgres/queryable';

/**
 * Takes open orders that neither moved nor were compared for that long, and notes that they are being compared now: the note is
 * a lease, so that two instances never repair the same order at once, and one that died is repeated after the same time.
 */
export async function takeStalledOrders(
  db: Queryable,
  afterSeconds: number,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    `UPDATE orders SET checked_at = now()
      WHERE order_id IN (
            SELECT order_id FROM orders
             WHERE status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')
               AND checked_at < now() - make_interval(secs => $1)
             ORDER BY checked_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED)
      RETURNING order_id`,
    [afterSeconds, limit],
  );
  return rows.map((row) => row.order_id);
}

/** Has those orders compared again after a quarter of the time; for what could not be repaired yet. */
export async function compareSoon(
  db: Queryable,
  orderIds: readonly string[],
  afterSeconds: number,
): Promise<void> {
  if (orderIds.length === 0) return;
  await db.query(
    'UPDATE orders SET checked_at = now() - make_interval(secs => $2 * 0.75) WHERE order_id = ANY ($1::uuid[])',
    [orderIds, afterSeconds],
  );
}

/**
 * Prunes the events of orders that ended. Each order's latest event that names its shipment is kept: it is the last known view of that
 * shipment. Versions go on from the order, not from its events.
 */
export const orderEventPruning = (db: Queryable): PruneBatch =>
  batchPruning(db, {
    subjects: 'orders',
    condition: `e.type NOT IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')
                OR EXISTS (
                     SELECT FROM events later
                      WHERE later.order_id = e.order_id AND later.version > e.version
                        AND later.type IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED'))`,
  });
