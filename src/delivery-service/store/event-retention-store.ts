import { type PrunedBatch } from '../../shared/event-log/prune-events';
import { type Queryable } from '../../shared/postgres/queryable';

/**
 * Looks at the next 2 000 events behind a position and removes those of shipments that ended, and have not been changed, for that many
 * days. Whatever still has to be sent stays. An order that has not applied an event by then cannot fetch it any more.
 */
export async function pruneShipmentEvents(
  db: Queryable,
  after: string,
  retentionDays: number,
): Promise<PrunedBatch> {
  const { rows } = await db.query<{ removed: number; last: string | null; is_young: boolean }>(
    `WITH batch AS MATERIALIZED (
       SELECT seq, order_id, occurred_at FROM events WHERE seq > $1 ORDER BY seq LIMIT 2000),
     gone AS (
       DELETE FROM events e
        USING batch b
         JOIN shipments s ON s.order_id = b.order_id
        WHERE e.seq = b.seq
          AND s.status IN ('DELIVERED', 'RETURNED', 'CANCELLED')
          AND s.updated_at < now() - make_interval(days => $2)
          AND (e.queue IS NULL OR e.published_at < now() - make_interval(days => $2))
       RETURNING 1)
     SELECT (SELECT count(*) FROM gone)::int AS removed, max(seq) AS last,
            COALESCE(min(occurred_at) >= now() - make_interval(days => $2), true) AS is_young
       FROM batch`,
    [after, retentionDays],
  );
  const [row] = rows;
  return { removed: row?.removed ?? 0, last: row?.last ?? null, isYoung: row?.is_young ?? true };
}
