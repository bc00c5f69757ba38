import { type Queryable } from '../../../shared/postgres/queryable';
import {
  type DeliveryFilter,
  type DeliveryStatus,
  type RecordedAttempt,
  type RecordedDelivery,
} from '../domain/delivery';

/** The deliveries of an endpoint with event ids below `before`, newest first. */
export async function listDeliveries(
  db: Queryable,
  endpointId: string,
  { status, orderId, type }: DeliveryFilter,
  { before, limit }: { before: string; limit: number },
): Promise<RecordedDelivery[]> {
  const { rows } = await db.query<DeliveryRow>(listStatement(status), [
    endpointId,
    before,
    limit,
    orderId ?? null,
    type ?? null,
  ]);
  return rows.map(toDelivery);
}

/** A delivery that waits, or has ended and is still kept. */
export async function findDelivery(
  db: Queryable,
  endpointId: string,
  eventId: string,
): Promise<RecordedDelivery | null> {
  const { rows } = await db.query<DeliveryRow>(FIND_DELIVERY, [endpointId, eventId]);
  return rows[0] ? toDelivery(rows[0]) : null;
}

/** The attempts of a delivery, newest first. */
export async function listAttempts(
  db: Queryable,
  endpointId: string,
  eventId: string,
  limit: number,
): Promise<RecordedAttempt[]> {
  const { rows } = await db.query<AttemptRow>(
    `SELECT a.attempt, a.attempted_at, a.latency_ms, a.http_status, a.error, a.excerpt, a.outcome
       FROM webhook_attempts a WHERE a.endpoint_id = $1 AND a.event_id = $2 ORDER BY a.attempt DESC LIMIT $3`,
    [endpointId, eventId, limit],
  );
  return rows.map(toAttempt);
}

const WAITING = `SELECT q.endpoint_id, q.event_id, q.subject_id, q.version, q.type, 'pending' AS status,
         CASE WHEN NOT q.is_taken AND q.due_at < 'infinity' THEN q.due_at END AS next_attempt_at
    FROM webhook_queue q WHERE q.endpoint_id = $1`;

/** The last attempt of a delivery that waits no more. */
const ENDED = `SELECT a.endpoint_id, a.event_id, a.subject_id, a.version, a.type, a.outcome AS status, NULL::timestamptz AS next_attempt_at
    FROM webhook_attempts a
   WHERE a.endpoint_id = $1
     AND NOT EXISTS (
         SELECT FROM webhook_attempts b WHERE b.endpoint_id = a.endpoint_id AND b.event_id = a.event_id AND b.attempt > a.attempt)
     AND NOT EXISTS (
         SELECT FROM webhook_queue q WHERE q.endpoint_id = a.endpoint_id AND q.subject_id = a.subject_id AND q.version = a.version)`;

const withAttempts = (deliveries: string): string => `
  SELECT d.endpoint_id, d.event_id, d.subject_id, d.version, d.type, d.status, d.next_attempt_at,
         (SELECT count(*)::int FROM webhook_attempts a WHERE a.endpoint_id = d.endpoint_id AND a.event_id = d.event_id) AS attempts,
         last.attempt, last.attempted_at, last.latency_ms, last.http_status, last.error, last.excerpt, last.outcome
    FROM (${deliveries}) AS d
         LEFT JOIN LATERAL (
           SELECT a.attempt, a.attempted_at, a.latency_ms, a.http_status, a.error, a.excerpt, a.outcome
             FROM webhook_attempts a WHERE a.endpoint_id = d.endpoint_id AND a.event_id = d.event_id
            ORDER BY a.attempt DESC LIMIT 1) AS last ON true
   ORDER BY d.event_id DESC`;

const FIND_DELIVERY = withAttempts(
  `(${WAITING} AND q.event_id = $2) UNION ALL (${ENDED} AND a.event_id = $2 AND a.outcome <> 'retried') LIMIT 1`,
);

function listStatement(status: DeliveryStatus | undefined): string {
  const page = (alias: string): string => `AND ${alias}.event_id < $2
    AND ($4::uuid IS NULL OR ${alias}.subject_id = $4) AND ($5::text IS NULL OR ${alias}.type = $5)
  ORDER BY ${alias}.event_id DESC LIMIT $3`;
  const waiting = `(${WAITING} ${page('q')})`;
  const ended = (outcomes: string): string => `(${ENDED} AND a.outcome ${outcomes} ${page('a')})`;
  switch (status) {
    case 'pending':
      return withAttempts(waiting);
    case 'succeeded':
    case 'failed':
      return withAttempts(ended(`= '${status}'`));
    case undefined:
      return `${withAttempts(`${waiting} UNION ALL ${ended("<> 'retried'")}`)} LIMIT $3`;
  }
}

type AttemptRow = {
  attempt: number;
  attempted_at: Date;
  latency_ms: number;
  http_status: number | null;
  error: string | null;
  excerpt: string | null;
  outcome: 'succeeded' | 'failed' | 'retried';
};

/** The columns of an attempt are those of the last one, if there is one. */
type DeliveryRow = (AttemptRow | { [Column in keyof AttemptRow]: null }) & {
  endpoint_id: string;
  event_id: string;
  subject_id: string;
  version: number;
  type: string;
  status: DeliveryStatus;
  next_attempt_at: Date | null;
  attempts: number;
};

const toDelivery = (row: DeliveryRow): RecordedDelivery => ({
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  subjectId: row.subject_id,
  version: row.version,
  type: row.type,
  status: row.status,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at,
  lastAttempt: row.attempt === null ? null : toAttempt(row),
});

const toAttempt = (row: AttemptRow): RecordedAttempt => ({
  attempt: row.attempt,
  attemptedAt: row.attempted_at,
  latencyMs: row.latency_ms,
  httpStatus: row.http_status,
  error: row.error,
  excerpt: row.excerpt,
  hasSucceeded: row.outcome === 'succeeded',
});
