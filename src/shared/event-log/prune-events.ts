import { type Queryable } from '../postgres/queryable';

/** What one batch of the log came to. */
export interface PrunedBatch {
  removed: number;
  /** The last position that was looked at; null: there was none. */
  last: string | null;
  /** Whether everything in it is younger than the retention: what follows is younger still. */
  isYoung: boolean;
}

/** Looks at the next events behind a position and removes those that may go. */
export type PruneBatch = (after: string, retentionDays: number) => Promise<PrunedBatch>;

/** What stays is looked at again only so often. */
const WALK_EVERY_MS = 6 * 3_600_000;

/** Batches in which nothing was removed, before the next rest. */
const BATCHES_AT_A_TIME = 20;

/**
 * Walks through the event log in its order, a batch at a time, and removes what the service's own rule lets go. The position only saves
 * work: it is lost with the process, and the rule is asked for every event.
 *
 * @param retentionDays 0: everything is kept.
 * @returns does a part of the walk and says how many events went.
 */
export function eventPruning(retentionDays: number, pruneBatch: PruneBatch): () => Promise<number> {
  let after = '0';
  let nextWalk = 0;

  return async () => {
    if (retentionDays === 0 || Date.now() < nextWalk) return 0;
    for (let batch = 0; batch < BATCHES_AT_A_TIME; batch += 1) {
      const { removed, last, isYoung } = await pruneBatch(after, retentionDays);
      after = last ?? '0';
      if (last === null || isYoung) {
        after = '0';
        nextWalk = Date.now() + WALK_EVERY_MS;
        return removed;
      }
      if (removed > 0) return removed;
    }
    return 0;
  };
}

/** Which events a service lets go of, as SQL over an event `e`. */
export interface EventRetention {
  /** The table whose rows the events are about, each with `order_id`, `status` and `updated_at`. */
  subjects: 'orders' | 'shipments';
  /** A further condition; what does not meet it is kept. */
  condition?: string;
}

/**
 * Looks at the next 2 000 events behind a position and removes those whose subject ended, and has not been changed, for that many days.
 * Events that still have to be sent are kept.
 */
export function batchPruning(db: Queryable, { subjects, condition = 'true' }: EventRetention): PruneBatch {
  const statement = `WITH batch AS MATERIALIZED (
       SELECT seq, order_id, occurred_at FROM events WHERE seq > $1 ORDER BY seq LIMIT 2000),
     gone AS (
       DELETE FROM events e
        USING batch b
         JOIN ${subjects} subject ON subject.order_id = b.order_id
        WHERE e.seq = b.seq
          AND subject.status IN ('DELIVERED', 'RETURNED', 'CANCELLED')
          AND subject.updated_at < now() - make_interval(days => $2)
          AND (e.queue IS NULL OR e.published_at < now() - make_interval(days => $2))
          AND (${condition})
       RETURNING 1)
     SELECT (SELECT count(*) FROM gone)::int AS removed, max(seq) AS last,
            COALESCE(min(occurred_at) >= now() - make_interval(days => $2), true) AS is_young
       FROM batch`;
  return async (after, retentionDays) => {
    const { rows } = await db.query<{ removed: number; last: string | null; is_young: boolean }>(statement, [
      after,
      retentionDays,
    ]);
    const [row] = rows;
    return { removed: row?.removed ?? 0, last: row?.last ?? null, isYoung: row?.is_young ?? true };
  };
}
