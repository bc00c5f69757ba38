import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type DeliveryKey } from '../domain/delivery';
import { type Subjects } from './queue-order-store';

/** The number of rows that one statement removes at most, of one endpoint. */
const BATCH = 1_000;

/** The endpoints with recorded attempts, also deleted ones, each found with one look into the index. */
export async function endpointsWithAttempts(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ endpoint_id: string }>(
    byKey(`WITH RECURSIVE found (endpoint_id) AS (
             (SELECT endpoint_id FROM webhook_attempts ORDER BY endpoint_id LIMIT 1)
             UNION ALL
             SELECT (SELECT a.endpoint_id FROM webhook_attempts a WHERE a.endpoint_id > found.endpoint_id ORDER BY a.endpoint_id LIMIT 1)
               FROM found WHERE found.endpoint_id IS NOT NULL)
           SELECT endpoint_id FROM found WHERE endpoint_id IS NOT NULL`),
  );
  return rows.map((row) => row.endpoint_id);
}

/** The place of an attempt in the order in which those of an endpoint are checked. */
export interface AttemptPlace {
  eventId: string;
  attempt: number;
}

export const FIRST_PLACE: AttemptPlace = { eventId: '00000000-0000-0000-0000-000000000000', attempt: 0 };

/**
 * Checks the next attempts of an endpoint, and removes those made before the retention, those beyond the number that is kept, and all of a deleted
 * endpoint. Those of deliveries in the queue are removed too; a delivery is in the queue for a shorter time than the retention.
 *
 * @returns `last`: the last attempt that was checked; null at the end.
 */
export async function pruneAttempts(
  db: Queryable,
  endpointId: string,
  { days, kept }: { days: number; kept: number },
  after: AttemptPlace,
): Promise<{ removed: number; last: AttemptPlace | null }> {
  const { rows } = await db.query<{ removed: number; event_id: string; attempt: number }>(
    byKey(`WITH oldest AS MATERIALIZED (
             SELECT event_id, attempt, attempted_at FROM webhook_attempts
              WHERE endpoint_id = $1 AND (event_id, attempt) > ($4::uuid, $5::int) ORDER BY event_id, attempt LIMIT ${BATCH}),
           excess AS (
             SELECT event_id FROM webhook_attempts WHERE endpoint_id = $1 ORDER BY event_id DESC, attempt DESC OFFSET $3 LIMIT 1),
           removed AS (
             DELETE FROM webhook_attempts a USING oldest o
              WHERE a.endpoint_id = $1 AND a.event_id = o.event_id AND a.attempt = o.attempt
                AND (o.attempted_at < now() - make_interval(days => $2) OR o.event_id <= (SELECT event_id FROM excess)
                     OR NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.endpoint_id = $1))
             RETURNING a.attempt)
           SELECT (SELECT count(*)::int FROM removed) AS removed, event_id, attempt FROM oldest ORDER BY event_id DESC, attempt DESC LIMIT 1`),
    [endpointId, days, kept, after.eventId, after.attempt],
  );
  const [row] = rows;
  if (!row) return { removed: 0, last: null };
  return { removed: row.removed, last: { eventId: row.event_id, attempt: row.attempt } };
}

/** Removes deliveries of deleted endpoints from the queue. */
export async function pruneOrphans(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM webhook_queue q
      WHERE (endpoint_id, subject_id, version) IN (
            SELECT endpoint_id, subject_id, version FROM webhook_queue o
             WHERE NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.endpoint_id = o.endpoint_id) LIMIT ${BATCH})`,
  );
  return rowCount ?? 0;
}

/** The subjects of deliveries that have waited longer than the retention, in the order of their locks. */
export async function expiredSubjects(
  tx: Transaction,
  days: number,
): Promise<Omit<DeliveryKey, 'version'>[]> {
  const { rows } = await tx.query<{ endpoint_id: string; subject_id: string }>(
    `SELECT DISTINCT endpoint_id, subject_id FROM (SELECT endpoint_id, subject_id FROM webhook_queue q WHERE ${HAS_EXPIRED} LIMIT ${BATCH}) AS q
      ORDER BY endpoint_id, subject_id`,
    [days],
  );
  return rows.map((row) => ({ endpointId: row.endpoint_id, subjectId: row.subject_id }));
}

const HAS_EXPIRED = 'q.queued_at < now() - make_interval(days => $1) AND NOT q.is_taken';

/**
 * Ends deliveries that have waited longer than the retention, because their endpoint has been disabled for so long: they have failed. Their
 * subjects must be locked, and arranged afterwards.
 *
 * @returns the number of deliveries.
 */
export async function expireDeliveries(
  tx: Transaction,
  days: number,
  { endpointId, subjectIds }: Subjects,
): Promise<number> {
  const { rowCount } = await tx.query(
    `WITH expired AS (
       DELETE FROM webhook_queue q WHERE ${HAS_EXPIRED} AND q.endpoint_id = $2 AND q.subject_id = ANY ($3::uuid[])
       RETURNING endpoint_id, event_id, attempt, subject_id, version, type),
     recorded AS (
       INSERT INTO webhook_attempts (endpoint_id, event_id, attempt, subject_id, version, type, outcome, attempted_at, latency_ms, error)
       SELECT endpoint_id, event_id, attempt + 1, subject_id, version, type, 'failed', now(), 0, 'the delivery expired before it was sent'
         FROM expired
       ON CONFLICT DO NOTHING)
     SELECT FROM expired`,
    [days, endpointId, subjectIds],
  );
  return rowCount ?? 0;
}

/** Removes notices and ended replays that are older than the retention. */
export async function pruneNoticesAndReplays(db: Queryable, days: number): Promise<number> {
  const { rowCount: notices } = await db.query(
    'DELETE FROM webhook_notices WHERE occurred_at < now() - make_interval(days => $1)',
    [days + 1],
  );
  const { rowCount: replays } = await db.query(
    `DELETE FROM webhook_replays r
      WHERE ended_at < now() - make_interval(days => $1)
         OR NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.endpoint_id = r.endpoint_id)`,
    [days],
  );
  return (notices ?? 0) + (replays ?? 0);
}
