import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { QUEUED_ENDPOINTS } from './queue-take-store';

/** An endpoint that follows its own cursor, because its queue was full. */
export interface BehindEndpoint {
  endpointId: string;
  clientId: string;
  cursor: FeedCursor;
}

/** Enabled endpoints with that number of deliveries in their queues, or more. */
export async function fullQueues(db: Queryable, size: number): Promise<string[]> {
  const { rows } = await db.query<{ endpoint_id: string }>(
    byKey(`WITH RECURSIVE ${QUEUED_ENDPOINTS}
           SELECT e.endpoint_id
             FROM queued JOIN webhook_endpoints e ON e.endpoint_id = queued.endpoint_id
            WHERE e.enabled AND NOT e.is_behind AND ${sizeUpTo('$1')} >= $1`),
    [size],
  );
  return rows.map((row) => row.endpoint_id);
}

/** The number of deliveries in the queue of the endpoint `e`, counted up to a limit. */
const sizeUpTo = (limit: string): string =>
  `(SELECT count(*) FROM (SELECT FROM webhook_queue q WHERE q.endpoint_id = e.endpoint_id LIMIT ${limit}::int) AS counted)`;

/** Endpoints that are behind and have fewer deliveries in their queues. */
export async function endpointsToCatchUp(db: Queryable, lessThan: number): Promise<BehindEndpoint[]> {
  const { rows } = await db.query<BehindRow>(
    byKey(`SELECT e.endpoint_id, e.client_id, e.cursor_position AS position, e.cursor_proof AS proof
             FROM webhook_endpoints e
            WHERE e.is_behind AND e.enabled
              AND ${sizeUpTo('$1')} < $1`),
    [lessThan],
  );
  return rows.map(toBehind);
}

interface BehindRow {
  endpoint_id: string;
  client_id: string;
  position: string;
  proof: string;
}

const toBehind = (row: BehindRow): BehindEndpoint => ({
  endpointId: row.endpoint_id,
  clientId: row.client_id,
  cursor: { position: row.position, proof: row.proof },
});

/**
 * Moves the cursor of an endpoint that is behind.
 *
 * @param positions of events before the new cursor.
 * @returns those of the positions that the endpoint does not skip; null when another process has moved the cursor, or the endpoint was disabled.
 */
export async function moveEndpointCursor(
  tx: Transaction,
  { endpointId, cursor }: BehindEndpoint,
  { to, isBehind, positions }: { to: FeedCursor; isBehind: boolean; positions: readonly string[] },
): Promise<ReadonlySet<string> | null> {
  const { rows } = await tx.query<{ wanted: string[] }>(
    `UPDATE webhook_endpoints SET cursor_position = $3, cursor_proof = $4, is_behind = $5
      WHERE endpoint_id = $1 AND enabled AND is_behind AND cursor_position = $2
     RETURNING ARRAY (SELECT position::text FROM unnest($6::bigint[]) AS p (position) WHERE NOT skipped_positions @> position) AS wanted`,
    [endpointId, cursor.position, to.position, to.proof, isBehind, positions],
  );
  return rows[0] ? new Set(rows[0].wanted) : null;
}

/** Where an endpoint that was just disabled has read the feed to. The fan-out must be locked. */
export async function cursorOfDisabled(tx: Transaction, endpointId: string): Promise<BehindEndpoint | null> {
  const { rows } = await tx.query<BehindRow>(
    byKey(`SELECT e.endpoint_id, e.client_id,
                  CASE WHEN follows THEN o.position ELSE e.cursor_position END AS position, CASE WHEN follows THEN o.proof ELSE e.cursor_proof END AS proof
             FROM webhook_endpoints e JOIN webhook_fan_out o ON o.is_only
                  CROSS JOIN LATERAL (SELECT NOT e.is_behind AND o.position > e.cursor_position AS follows) AS f
            WHERE e.endpoint_id = $1`),
    [endpointId],
  );
  return rows[0] ? toBehind(rows[0]) : null;
}

/** Records where an endpoint was disabled, and whether events of the time before wait for it in the feed. */
export async function recordDisabled(
  tx: Transaction,
  { endpointId, cursor }: BehindEndpoint,
  at: FeedCursor,
  isBehind: boolean,
): Promise<void> {
  await tx.query(
    `UPDATE webhook_endpoints SET cursor_position = $2, cursor_proof = $3, is_behind = $4, disabled_position = $5 WHERE endpoint_id = $1`,
    [endpointId, cursor.position, cursor.proof, isBehind, at.position],
  );
}

/** Endpoints whose queues are full go on by their own cursors, from where the fan-out is. The fan-out must be locked. */
export async function markBehind(
  tx: Transaction,
  endpointIds: readonly string[],
  from: FeedCursor,
): Promise<void> {
  await tx.query(
    `UPDATE webhook_endpoints
        SET is_behind = true, cursor_position = greatest(cursor_position, $2::bigint),
            cursor_proof = CASE WHEN cursor_position >= $2::bigint THEN cursor_proof ELSE $3 END
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints WHERE endpoint_id = ANY ($1::uuid[]) ORDER BY endpoint_id FOR NO KEY UPDATE)
        AND enabled AND NOT is_behind`,
    [endpointIds, from.position, from.proof],
  );
}

/**
 * Records that an event was skipped. The fan-out must be locked.
 *
 * @param only the endpoint; null: the endpoints of its client that the fan-out serves.
 * @returns the endpoints that missed it.
 */
export async function recordSkipped(
  tx: Transaction,
  only: string | null,
  { owner, position }: { owner: string; position: string },
  missedBefore: Date,
): Promise<{ endpointId: string; clientId: string }[]> {
  const { rows } = await tx.query<{ endpoint_id: string }>(
    `WITH missed AS MATERIALIZED (
       SELECT endpoint_id FROM webhook_endpoints
        WHERE client_id = $1 AND enabled AND CASE WHEN $4::uuid IS NULL THEN NOT is_behind AND cursor_position < $2 ELSE endpoint_id = $4 END
        ORDER BY endpoint_id FOR NO KEY UPDATE)
     UPDATE webhook_endpoints e SET missed_before = $3, version = version + 1, updated_at = $3
       FROM missed WHERE e.endpoint_id = missed.endpoint_id
     RETURNING e.endpoint_id`,
    [owner, position, missedBefore, only],
  );
  return rows.map((row) => ({ endpointId: row.endpoint_id, clientId: owner }));
}

/**
 * Records that events behind the cursors were removed before they were queued, and moves the cursors.
 *
 * @param only the endpoint; null: all endpoints that are not behind.
 * @returns the endpoints that missed events.
 */
export async function recordMissed(
  tx: Transaction,
  only: string | null,
  to: FeedCursor,
  missedBefore: Date,
): Promise<{ endpointId: string; clientId: string }[]> {
  const { rows } = await tx.query<{ endpoint_id: string; client_id: string }>(
    `UPDATE webhook_endpoints
        SET missed_before = $4, version = version + 1, updated_at = $4, cursor_position = $2, cursor_proof = $3
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints
             WHERE enabled AND CASE WHEN $1::uuid IS NULL THEN NOT is_behind ELSE endpoint_id = $1 END AND cursor_position < $2
             ORDER BY endpoint_id FOR NO KEY UPDATE)
     RETURNING endpoint_id, client_id`,
    [only, to.position, to.proof, missedBefore],
  );
  return rows.map((row) => ({ endpointId: row.endpoint_id, clientId: row.client_id }));
}
