import { preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type DeliveryKey, type SettledDelivery, type TakenDelivery } from '../domain/delivery';
import { type TakenRow, toTaken } from './taken-row';

/**
 * Records ended attempts: a finished delivery leaves the queue, another one gets the time of its next attempt. An attempt that another one has
 * followed, because its process did not settle it in time, is recorded and changes nothing else. The queue is locked in the order of its key, as by
 * all transactions that wait for its rows.
 */
export function recordAttempts(tx: Transaction, settled: readonly SettledDelivery[]): void {
  tx.send(RECORD_ATTEMPTS, [
    settled.map(({ endpointId }) => endpointId),
    settled.map(({ subjectId }) => subjectId),
    settled.map(({ version }) => version),
    settled.map(({ eventId }) => eventId),
    settled.map(({ type }) => type),
    settled.map(({ attempt }) => attempt),
    settled.map(({ outcome }) => outcome),
    settled.map((one) => ('delayMs' in one ? one.delayMs : null)),
    settled.map(({ attemptedAt }) => attemptedAt),
    settled.map(({ latencyMs }) => latencyMs),
    settled.map(({ httpStatus }) => httpStatus),
    settled.map(({ error }) => error),
    settled.map(({ excerpt }) => excerpt),
  ]);
}

const IS_SAME_ATTEMPT = `q.endpoint_id = s.endpoint_id AND q.subject_id = s.subject_id AND q.version = s.version
        AND q.is_taken AND q.attempt = s.attempt`;

const RECORD_ATTEMPTS = preparedByKey(
  'record-webhook-attempts',
  `WITH settled AS MATERIALIZED (
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::int[], $7::text[], $8::float8[], $9::timestamptz[],
                          $10::int[], $11::smallint[], $12::text[], $13::text[])
            AS s (endpoint_id, subject_id, version, event_id, type, attempt, outcome, delay_ms, attempted_at, latency_ms, http_status, error,
                  excerpt)
      ORDER BY endpoint_id, subject_id, version),
   locked AS MATERIALIZED (
     SELECT s.endpoint_id, s.subject_id, s.version, s.attempt, s.outcome, s.delay_ms
       FROM settled s JOIN webhook_queue q ON q.endpoint_id = s.endpoint_id AND q.subject_id = s.subject_id AND q.version <= s.version
      ORDER BY q.endpoint_id, q.subject_id, q.version FOR UPDATE OF q),
   finished AS (
     DELETE FROM webhook_queue q USING locked s WHERE ${IS_SAME_ATTEMPT} AND s.delay_ms IS NULL),
   repeated AS (
     UPDATE webhook_queue q
        SET is_taken = false, due_at = now() + make_interval(secs => s.delay_ms / 1000), tries = q.tries + (s.outcome = 'retried')::int
       FROM locked s WHERE ${IS_SAME_ATTEMPT} AND s.delay_ms IS NOT NULL)
   INSERT INTO webhook_attempts (endpoint_id, event_id, attempt, subject_id, version, type, outcome, attempted_at, latency_ms, http_status,
                                 error, excerpt)
   SELECT endpoint_id, event_id, attempt, subject_id, version, type, outcome, attempted_at, latency_ms, http_status, error, excerpt
     FROM settled WHERE outcome <> 'returned'
   ON CONFLICT (endpoint_id, event_id, attempt) DO NOTHING`,
);

/** A subject with a finished delivery; `takes`: this process has room for the next one. */
export interface FinishedSubject extends Omit<DeliveryKey, 'version'> {
  takes: boolean;
}

export interface NextDeliveries {
  taken: TakenDelivery[];
  /** Endpoints with deliveries that are due and were not taken. */
  withMore: string[];
}

/**
 * Makes the next deliveries of subjects due, and takes them if this process has room. Must follow {@link recordAttempts} in the transaction, as a
 * statement of its own: only then it sees deliveries that were added behind one that was just being finished. The transaction ends with it.
 */
export async function takeNext(
  tx: Transaction,
  subjects: readonly FinishedSubject[],
  leaseMs: number,
): Promise<NextDeliveries> {
  const { rows } = await tx.queryLast<TakenRow & { is_taken: boolean }>(TAKE_NEXT, [
    subjects.map(({ endpointId }) => endpointId),
    subjects.map(({ subjectId }) => subjectId),
    subjects.map(({ takes }) => takes),
    leaseMs,
  ]);
  return {
    taken: rows.filter((row) => row.is_taken).map(toTaken),
    withMore: [...new Set(rows.filter((row) => !row.is_taken).map((row) => row.endpoint_id))],
  };
}

const TAKE_NEXT = preparedByKey(
  'take-next-webhooks',
  `WITH subjects AS MATERIALIZED (
     SELECT endpoint_id, subject_id, bool_and(takes) AS takes
       FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS s (endpoint_id, subject_id, takes)
      GROUP BY endpoint_id, subject_id ORDER BY endpoint_id, subject_id),
   next AS MATERIALIZED (
     SELECT s.endpoint_id, s.subject_id, first.version, e.version AS endpoint_version, e.consecutive_failures > 0 AS is_failing,
            s.takes AND e.enabled AND e.paused_until IS NULL AS takes
       FROM subjects s
            CROSS JOIN LATERAL (
              SELECT q.version, q.due_at FROM webhook_queue q
               WHERE q.endpoint_id = s.endpoint_id AND q.subject_id = s.subject_id
               ORDER BY q.due_at = 'infinity', q.version LIMIT 1) AS first
            JOIN webhook_endpoints e ON e.endpoint_id = s.endpoint_id
      WHERE first.due_at = 'infinity')
   UPDATE webhook_queue q
      SET is_taken = n.takes, attempt = q.attempt + n.takes::int,
          due_at = CASE WHEN n.takes THEN now() + make_interval(secs => $4::float8 / 1000) ELSE now() END
     FROM next n
    WHERE q.endpoint_id = n.endpoint_id AND q.subject_id = n.subject_id AND q.version = n.version AND q.due_at = 'infinity'
   RETURNING q.endpoint_id, q.subject_id, q.version, q.event_id, q.type, q.attempt, q.tries, q.is_taken, n.endpoint_version, n.is_failing`,
);
