import { type Queryable } from '../postgres/queryable';

/** The result of one batch. */
export interface PrunedBatch {
  removed: number;
  /** The last position that was checked; null when there was none. */
  last: string | null;
  /** True when all events of the batch, and therefore all later ones, are younger than the retention. */
  isYoung: boolean;
}

/** Checks the next events behind a position and removes those that may be deleted. */
export type PruneBatch = (after: string, retentionDays: number) => Promise<PrunedBatch>;

/** The pause between two passes over the log, in milliseconds. */
const PASS_INTERVAL_MS = 6 * 3_600_000;

/** The maximum number of consecutive batches in which nothing is removed. */
const MAX_EMPTY_BATCHES = 20;

/**
 * Checks the event log in order, one batch at a time, and removes the events that the service's own rule allows. The position only saves
 * work: it is lost when the process ends, and the rule is applied to every event.
 *
 * @param retentionDays 0 keeps all events.
 * @returns a function that does a part of the pass and returns the number of removed events.
 */
export function eventPruning(retentionDays: number, pruneBatch: PruneBatch): () => Promise<number> {
  let after = '0';
  let nextPass = 0;

  return async () => {
    if (retentionDays === 0 || Date.now() < nextPass) return 0;
    for (let batch = 0; batch < MAX_EMPTY_BATCHES; batch += 1) {
      const { removed, last, isYoung } = await pruneBatch(after, retentionDays);
      after = last ?? '0';
      if (last === null || isYoung) {
        after = '0';
        nextPass = Date.now() + PASS_INTERVAL_MS;
        return removed;
      }
      if (removed > 0) return removed;
    }
    return 0;
  };
}

/** Which events a service deletes, as SQL. */
export interface EventRetention {
  /**
   * Whether the event `b` (`subject_type`, `subject_id`, `occurred_at`) may be deleted: its subject ended, and has not changed, for `$2` days.
   */
  hasEnded: string;
  /** A further condition about the event `e`; events that do not meet it are kept. */
  condition?: string;
}

/**
 * Checks the next 2 000 events behind a position and removes those whose subject ended that many days ago, with their publications. Events
 * that wait in the outbox, or were published later, are kept.
 */
export function batchPruning(db: Queryable, { hasEnded, condition = 'true' }: EventRetention): PruneBatch {
  const statement = `WITH batch AS MATERIALIZED (
       SELECT seq, subject_type, subject_id, version, occurred_at FROM events WHERE seq > $1 ORDER BY seq LIMIT 2000),
     gone AS (
       DELETE FROM events e
        USING batch b
        WHERE e.seq = b.seq
          AND ${hasEnded}
          AND NOT EXISTS (SELECT FROM outbox o WHERE o.subject_id = b.subject_id AND o.version = b.version)
          AND NOT EXISTS (
              SELECT FROM publications p WHERE p.seq = b.seq AND p.published_at >= now() - make_interval(days => $2))
          AND (${condition})
       RETURNING e.seq),
     unpublished AS (
       DELETE FROM publications WHERE seq IN (SELECT seq FROM gone)),
     undropped AS (
       DELETE FROM dropped_events WHERE seq IN (SELECT seq FROM gone))
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
