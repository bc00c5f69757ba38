import { type Queryable } from '../postgres/queryable';

/**
 * An event leaves the feed so long before it may leave the log, in hours: when an event is removed, no reader can be behind it any more,
 * although the clocks of two instances differ.
 */
const MARGIN_HOURS = 1;

/** The steps that the sequencer may still read, and more. */
const KEPT_STEPS = 1_000;

/** Removes steps of the sequencer that no later step reads, a few at a time. Returns how many. */
export async function pruneFeedSteps(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM event_feed_steps
      WHERE step IN (SELECT step FROM event_feed_steps ORDER BY step LIMIT 5000)
        AND step < (SELECT max(step) FROM event_feed_steps) - $1::int`,
    [KEPT_STEPS],
  );
  return rowCount ?? 0;
}

/**
 * Removes the oldest positions whose events are older than the retention or gone, a few at a time, except the last of them: it proves the
 * cursor behind which the first event that is kept follows. Returns how many.
 *
 * @param upTo the position that every reader of this service has passed, as text.
 */
export async function pruneFeedPositions(
  db: Queryable,
  retentionDays: number,
  upTo: string,
): Promise<number> {
  const { rowCount } = await db.query(
    `WITH oldest AS MATERIALIZED (
       SELECT f.position, e.occurred_at
         FROM (SELECT position, seq FROM event_feed ORDER BY position LIMIT 2000) AS f LEFT JOIN events e ON e.seq = f.seq),
     expired AS MATERIALIZED (
       SELECT max(position) AS position FROM oldest
        WHERE occurred_at IS NULL OR occurred_at < now() - make_interval(days => $1) + make_interval(hours => $2))
     DELETE FROM event_feed f USING expired
      WHERE f.position < expired.position AND f.position <= $3`,
    [retentionDays, MARGIN_HOURS, upTo],
  );
  return rowCount ?? 0;
}
