import { prepared, type Queryable, type Transaction } from '../postgres/queryable';

const REFUSED = 'published_at IS NULL AND queue IS NOT NULL AND attempts IS NOT NULL AND attempts > 0';

/** The maximum that is counted, so that a health check stays cheap. */
export const MAX_COUNTED = 10_000;

const MIN_UUID = '00000000-0000-0000-0000-000000000000';

/** The retry of an event, as it is written. */
export interface Retry {
  eventId: string;
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
    event_id: retry.eventId,
    attempts: retry.attempts,
    in_seconds: retry.inSeconds,
    reason: retry.reason,
  }));
  tx.send(RETRY_LATER, [JSON.stringify(rows)]);
}

const RETRY_LATER = prepared(
  'retry-later',
  `UPDATE events e
      SET attempts = retry.attempts, last_error = coalesce(retry.reason, e.last_error),
          next_attempt_at = clock_timestamp() + make_interval(secs => retry.in_seconds)
     FROM json_to_recordset($1::json) AS retry (event_id uuid, attempts int, in_seconds float8, reason text)
    WHERE e.event_id = retry.event_id`,
);

/**
 * Holds the fresh events behind heads that are to be retried, so that later steps skip them. The lock on the head prevents them from
 * being held just after another relay has published the head and called {@link releaseHeld}. Heads and events that another relay has
 * locked are left to a later step.
 */
export function holdBehind(tx: Transaction, headIds: readonly string[]): void {
  tx.send(HOLD_BEHIND, [headIds]);
}

const HOLD_BEHIND = prepared(
  'hold-behind',
  `WITH heads AS MATERIALIZED (
   SELECT order_id, version FROM events
    WHERE event_id = ANY ($1::uuid[]) AND published_at IS NULL AND next_attempt_at IS NOT NULL
      FOR UPDATE SKIP LOCKED),
   behind AS MATERIALIZED (
   SELECT e.event_id
     FROM heads
     JOIN events e ON e.order_id = heads.order_id AND e.version > heads.version
    WHERE e.published_at IS NULL AND e.queue IS NOT NULL AND e.next_attempt_at IS NULL
      FOR UPDATE OF e SKIP LOCKED)
   UPDATE events SET next_attempt_at = 'infinity' WHERE event_id = ANY (ARRAY (SELECT event_id FROM behind))`,
);

/** Makes the held events of orders fresh again, in the transaction that publishes the head that they waited for. */
export function releaseHeld(tx: Transaction, orderIds: readonly string[]): void {
  tx.send(RELEASE_HELD, [orderIds]);
}

const RELEASE_HELD = prepared(
  'release-held',
  `UPDATE events SET next_attempt_at = NULL
    WHERE order_id = ANY ($1::uuid[]) AND published_at IS NULL AND queue IS NOT NULL AND next_attempt_at = 'infinity'`,
);

/**
 * Makes held events fresh again when their head is gone without having released them: a previous version of the relay published it, or an
 * operator removed it. Checks a part of the waiting events, from a position on.
 *
 * @param after the position: an order's id, null for the beginning
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

/** Only the oldest waiting event of an order, the first of its rows, can be held without a head. */
const RELEASE_ABANDONED = prepared(
  'release-abandoned',
  `WITH part AS MATERIALIZED (
   SELECT order_id, version, next_attempt_at FROM events
    WHERE published_at IS NULL AND queue IS NOT NULL AND order_id > $1
    ORDER BY order_id, version
    LIMIT $2),
   heads AS (
   SELECT DISTINCT ON (order_id) order_id, next_attempt_at FROM part ORDER BY order_id, version),
   released AS (
   UPDATE events e SET next_attempt_at = NULL
     FROM heads
    WHERE heads.next_attempt_at = 'infinity' AND e.order_id = heads.order_id
      AND e.published_at IS NULL AND e.queue IS NOT NULL AND e.next_attempt_at = 'infinity')
   SELECT count(*)::int AS count, (SELECT order_id FROM part ORDER BY order_id DESC LIMIT 1) AS last FROM part`,
);

/** Counts the events that a queue has refused and that wait to be sent again. */
export async function countRefused(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM events WHERE ${REFUSED}`,
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
    `SELECT count(*)::int AS count, coalesce(greatest(0, extract(epoch FROM now() - min(occurred_at))), 0)::float8 AS age
       FROM (SELECT occurred_at FROM events WHERE ${REFUSED} ORDER BY next_attempt_at LIMIT ${MAX_COUNTED}) AS refused`,
  );
  return { count: rows[0]?.count ?? 0, oldestAgeSeconds: rows[0]?.age ?? 0 };
}
