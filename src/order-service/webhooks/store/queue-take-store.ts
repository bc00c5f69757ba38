import { byKey, preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type TakenDelivery } from '../domain/delivery';
import { PAUSE_AFTER_FAILURES } from '../domain/endpoint-health';
import { type TakenRow, toTaken } from './taken-row';

/** The endpoints from which a process takes deliveries, and how many at most. */
export interface TakeRequest {
  /** By endpoint id. */
  room: ReadonlyMap<string, number>;
  /** For all endpoints together. */
  total: number;
  /** The maximum number of deliveries of an endpoint that all processes together have taken. */
  mostPerEndpoint: number;
  leaseMs: number;
  /** The transaction ends with the statement. */
  isLast: boolean;
}

/**
 * Takes due deliveries, and those whose process did not settle them within its lease. Rows that another process is just taking are skipped.
 * Of an endpoint that was paused, one delivery at a time is taken, after the pause.
 */
export async function takeDue(tx: Transaction, request: TakeRequest): Promise<TakenDelivery[]> {
  const { room, total, mostPerEndpoint, leaseMs, isLast } = request;
  const values = [[...room.keys()], [...room.values()], total, mostPerEndpoint, leaseMs];
  const { rows } = await (isLast
    ? tx.queryLast<TakenRow>(TAKE_DUE, values)
    : tx.query<TakenRow>(TAKE_DUE, values));
  return rows.map(toTaken);
}

const TAKE_DUE = preparedByKey(
  'take-webhooks',
  `WITH open AS MATERIALIZED (
     SELECT e.endpoint_id,
            greatest(0, least(w.room, CASE WHEN e.consecutive_failures >= ${PAUSE_AFTER_FAILURES} THEN 1 ELSE $4::int END - taken.count)) AS room
       FROM unnest($1::uuid[], $2::int[]) AS w (endpoint_id, room)
            JOIN webhook_endpoints e ON e.endpoint_id = w.endpoint_id
            CROSS JOIN LATERAL (
              SELECT count(*)::int AS count FROM webhook_queue q
               WHERE q.endpoint_id = e.endpoint_id AND q.is_taken AND q.due_at > now() AND q.due_at < 'infinity') AS taken
      WHERE e.enabled AND (e.paused_until IS NULL OR e.paused_until <= now())),
   lapsed AS MATERIALIZED (
     SELECT q.* FROM open CROSS JOIN LATERAL (
            SELECT endpoint_id, subject_id, version, due_at, 0 AS class FROM webhook_queue
             WHERE endpoint_id = open.endpoint_id AND is_taken AND due_at <= now()
             ORDER BY due_at LIMIT open.room FOR UPDATE SKIP LOCKED) AS q),
   waiting AS MATERIALIZED (
     SELECT q.* FROM open CROSS JOIN LATERAL (
            SELECT endpoint_id, subject_id, version, due_at, 1 AS class FROM webhook_queue
             WHERE endpoint_id = open.endpoint_id AND NOT is_taken AND due_at <= now()
             ORDER BY due_at LIMIT open.room FOR UPDATE SKIP LOCKED) AS q),
   ranked AS (
     SELECT q.*, row_number() OVER (PARTITION BY endpoint_id ORDER BY class, due_at) AS rank
       FROM (SELECT * FROM lapsed UNION ALL SELECT * FROM waiting) AS q),
   chosen AS MATERIALIZED (
     SELECT r.endpoint_id, r.subject_id, r.version
       FROM ranked r JOIN open ON open.endpoint_id = r.endpoint_id AND r.rank <= open.room
      ORDER BY r.rank, r.endpoint_id LIMIT $3::int),
   taken AS (
     UPDATE webhook_queue q SET is_taken = true, attempt = q.attempt + 1, due_at = now() + make_interval(secs => $5::float8 / 1000)
       FROM chosen c
      WHERE q.endpoint_id = c.endpoint_id AND q.subject_id = c.subject_id AND q.version = c.version
     RETURNING q.endpoint_id, q.subject_id, q.version, q.event_id, q.type, q.attempt, q.tries)
   SELECT t.*, e.version AS endpoint_version, e.consecutive_failures > 0 AS is_failing
     FROM taken t JOIN webhook_endpoints e ON e.endpoint_id = t.endpoint_id`,
);

/** The endpoints that have a due delivery, or one that was not settled in time, and are neither disabled nor paused. */
export async function endpointsWithDue(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ endpoint_id: string }>(
    byKey(`WITH RECURSIVE ${QUEUED_ENDPOINTS}
           SELECT e.endpoint_id
             FROM queued JOIN webhook_endpoints e ON e.endpoint_id = queued.endpoint_id
            WHERE e.enabled AND (e.paused_until IS NULL OR e.paused_until <= now())
              AND (EXISTS (SELECT FROM webhook_queue q WHERE q.endpoint_id = e.endpoint_id AND NOT q.is_taken AND q.due_at <= now())
                OR EXISTS (SELECT FROM webhook_queue q WHERE q.endpoint_id = e.endpoint_id AND q.is_taken AND q.due_at <= now()))`),
  );
  return rows.map((row) => row.endpoint_id);
}

/** The endpoints with deliveries in the queue, each found with one look into the index. */
export const QUEUED_ENDPOINTS = `queued (endpoint_id) AS (
     (SELECT endpoint_id FROM webhook_queue WHERE due_at < 'infinity' ORDER BY endpoint_id LIMIT 1)
     UNION ALL
     SELECT (SELECT q.endpoint_id FROM webhook_queue q
              WHERE q.due_at < 'infinity' AND q.endpoint_id > queued.endpoint_id ORDER BY q.endpoint_id LIMIT 1)
       FROM queued WHERE queued.endpoint_id IS NOT NULL)`;
