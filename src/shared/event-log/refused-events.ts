import { preparedByKey, type Queryable, type Transaction } from '../postgres/queryable';
import { keysOf, type OutboxKey } from './outbox';

const REFUSED = 'attempts IS NOT NULL AND attempts > 0';

/** The maximum that is counted, so that a health check stays cheap. */
export const MAX_COUNTED = 10_000;

const MIN_UUID = '00000000-0000-0000-0000-000000000000';

/** The retry of an event, as it is written. */
export interface Retry extends OutboxKey {
  /** How often a queue has refused it. */
  attempts: number;
  /** The seconds until it is sent again, by the database's clock. */
  inSeconds: number;
  /** The reason; null keeps the last one. */
  reason: string | null;
}

/** Schedules the retry of events that the transaction has locked. */
export function retryLater(tx: Transaction, retries: readonly Retry[]): void {
  const rows = retries.map((retry) => ({
    subject_id: retry.subjectId,
    version: retry.version,
    attempts: retry.attempts,
    in_seconds: retry.inSeconds,
    reason: retry.reason,
  }));
  tx.send(RETRY_LATER, [JSON.stringify(rows)]);
}

const RETRY_LATER = preparedByKey(
  'retry-later',
  `UPDATE outbox o
      SET attempts = retry.attempts, last_error = coalesce(retry.reason, o.last_error),
          next_attempt_at = clock_timestamp() + make_interval(secs => retry.in_seconds)
     FROM json_to_recordset($1::json)
          AS retry (subject_id uuid, version int, attempts int, in_seconds float8, reason text)
    WHERE o.subject_id = retry.subject_id AND o.version = retry.version`,
);

/**
 * Holds the fresh events behind heads that are to be retried, so that later steps skip them. The lock on the head prevents them from
 * being held just after another relay has sent the head and called {@link releaseHeld}. Heads and events that another relay has locked
 * are left to a later step.
 */
export function holdBehind(tx: Transaction, heads: readonly OutboxKey[]): void {
  tx.send(HOLD_BEHIND, keysOf(heads));
}

const HOLD_BEHIND = preparedByKey(
  'hold-behind',
  `WITH heads AS MATERIALIZED (
   SELECT o.subject_id, o.version
     FROM outbox o JOIN unnest($1::uuid[], $2::int[]) AS k (subject_id, version) USING (subject_id, version)
    WHERE o.next_attempt_at IS NOT NULL
      FOR UPDATE OF o SKIP LOCKED),
   behind AS MATERIALIZED (
   SELECT o.subject_id, o.version
     FROM heads
     JOIN outbox o ON o.subject_id = heads.subject_id AND o.version > heads.version
    WHERE o.next_attempt_at IS NULL
      FOR UPDATE OF o SKIP LOCKED)
   UPDATE outbox o SET next_attempt_at = 'infinity'
     FROM behind WHERE o.subject_id = behind.subject_id AND o.version = behind.version`,
);

/** Makes the held events of subjects fresh again, in the transaction that takes out the head that they waited for. */
export function releaseHeld(tx: Transaction, subjectIds: readonly string[]): void {
  tx.send(RELEASE_HELD, [subjectIds]);
}

/** A released event gets a new position, because the relay does not look back at the old ones; see `createOutboxFloor`. */
const AS_FRESH = 'next_attempt_at = NULL, position = DEFAULT';

const RELEASE_HELD = preparedByKey(
  'release-held',
  `UPDATE outbox SET ${AS_FRESH} WHERE subject_id = ANY ($1::uuid[]) AND next_attempt_at = 'infinity'`,
);

/**
 * Makes held events fresh again when their head is gone without having released them: a previous version of the relay sent it. Checks a
 * part of the held events, from a position on.
 *
 * @param after the position: a subject's id, null for the beginning
 * @returns the next position; null at the end
 */
export async function releaseAbandoned(
  db: Queryable,
  after: string | null,
  limit: number,
): Promise<string | null> {
  const { rows } = await db.query<{ count: number; last: string | null }>(RELEASE_ABANDONED, [
    after ?? MIN_UUID,
    limit,
  ]);
  const [part] = rows;
  return part?.count === limit ? part.last : null;
}

/** Only the oldest waiting event of a subject can be held without a head. Not prepared, so that the plan fits the present size of the table. */
const RELEASE_ABANDONED = `
   WITH part AS MATERIALIZED (
   SELECT subject_id FROM outbox
    WHERE next_attempt_at = 'infinity' AND subject_id > $1
    ORDER BY subject_id
    LIMIT $2),
   abandoned AS MATERIALIZED (
   SELECT DISTINCT part.subject_id
     FROM part
    CROSS JOIN LATERAL (
          SELECT next_attempt_at FROM outbox oldest
           WHERE oldest.subject_id = part.subject_id
           ORDER BY oldest.version
           LIMIT 1) head
    WHERE head.next_attempt_at = 'infinity'),
   released AS (
   UPDATE outbox SET ${AS_FRESH}
    WHERE subject_id IN (SELECT subject_id FROM abandoned) AND next_attempt_at = 'infinity')
   SELECT count(*)::int AS count, (SELECT subject_id FROM part ORDER BY subject_id DESC LIMIT 1) AS last FROM part`;

/** Counts the events that a queue has refused and that wait to be sent again. */
export async function countRefused(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM outbox WHERE ${REFUSED}`,
  );
  return rows[0]?.count ?? 0;
}

export interface RefusedEvents {
  /** At most {@link MAX_COUNTED}. */
  count: number;
  /** The age of the oldest of them in seconds; 0 when there is none. */
  oldestAgeSeconds: number;
}

export async function refusedEvents(db: Queryable): Promise<RefusedEvents> {
  const { rows } = await db.query<{ count: number; age: number }>(
    `SELECT count(*)::int AS count, coalesce(greatest(0, extract(epoch FROM now() - min(e.occurred_at))), 0)::float8 AS age
       FROM (SELECT seq FROM outbox WHERE ${REFUSED} ORDER BY next_attempt_at LIMIT ${MAX_COUNTED}) AS refused
       JOIN events e USING (seq)`,
  );
  return { count: rows[0]?.count ?? 0, oldestAgeSeconds: rows[0]?.age ?? 0 };
}
