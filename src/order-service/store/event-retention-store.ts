import { type PrunedBatch } from '../../shared/event-log/prune-events';
import { type Queryable } from '../../shared/postgres/queryable';

/**
 * Looks at the next 2 000 events behind a position and removes those of orders that ended, and have not been changed, for that many days.
 *
 * Whatever still has to be sent stays, and so does each order's latest event that names its shipment: it is the last known view of that
 * shipment. Versions go on from the order, not from its events.
 */
export async function pruneOrderEvents(
  db: Queryable,
  after: string,
  retentionDays: number,
): Promise<PrunedBatch> {
  const { rows } = await db.query<{ removed: number; last: string | null; is_young: boolean }>(
    `WITH batch AS MATERIALIZED (
       SELECT seq, order_id, version, type, occurred_at FROM events WHERE seq > $1 ORDER BY seq LIMIT 2000),
     gone AS (
       DELETE FROM events e
        USING batch b
         JOIN orders o ON o.order_id = b.order_id
        WHERE e.seq = b.seq
          AND o.status IN ('DELIVERED', 'RETURNED', 'CANCELLED')
          AND o.updated_at < now() - make_interval(days => $2)
          AND (e.queue IS NULL OR e.published_at < now() - make_interval(days => $2))
          AND (b.type NOT IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')
               OR EXISTS (
                    SELECT FROM events later
                     WHERE later.order_id = b.order_id AND later.version > b.version
                       AND later.type IN ('ORDER_STATUS_CHANGED', 'ORDER_SHIPPING_CHANGED')))
       RETURNING 1)
     SELECT (SELECT count(*) FROM gone)::int AS removed, max(seq) AS last,
            COALESCE(min(occurred_at) >= now() - make_interval(days => $2), true) AS is_young
       FROM batch`,
    [after, retentionDays],
  );
  const [row] = rows;
  return { removed: row?.removed ?? 0, last: row?.last ?? null, isYoung: row?.is_young ?? true };
}
