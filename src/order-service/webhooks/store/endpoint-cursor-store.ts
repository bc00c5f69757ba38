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
  const { rows } = await db.query<{
    endpoint_id: string;
    client_id: string;
    position: string;
    proof: string;
  }>(
    byKey(`SELECT e.endpoint_id, e.client_id, e.cursor_position AS position, e.cursor_proof AS proof
             FROM webhook_endpoints e
            WHERE e.is_behind AND e.enabled
              AND ${sizeUpTo('$1')} < $1`),
    [lessThan],
  );
  return rows.map((row) => ({
    endpointId: row.endpoint_id,
    clientId: row.client_id,
    cursor: { position: row.position, proof: row.proof },
  }));
}

/** Moves the cursor of an endpoint that is behind; false when another process has moved it. */
export async function moveEndpointCursor(
  tx: Transaction,
  { endpointId, cursor }: BehindEndpoint,
  to: FeedCursor,
  isBehind: boolean,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE webhook_endpoints SET cursor_position = $3, cursor_proof = $4, is_behind = $5
      WHERE endpoint_id = $1 AND is_behind AND cursor_position = $2`,
    [endpointId, cursor.position, to.position, to.proof, isBehind],
  );
  return rowCount === 1;
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
        SET missed_before = $4, cursor_position = $2, cursor_proof = $3
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints
             WHERE enabled AND CASE WHEN $1::uuid IS NULL THEN NOT is_behind ELSE endpoint_id = $1 END AND cursor_position < $2
             ORDER BY endpoint_id FOR NO KEY UPDATE)
     RETURNING endpoint_id, client_id`,
    [only, to.position, to.proof, missedBefore],
  );
  return rows.map((row) => ({ endpointId: row.endpoint_id, clientId: row.client_id }));
}

/** Records that events of clients were left out. The fan-out must be locked. */
export async function recordGap(tx: Transaction, clientIds: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE webhook_endpoints SET missed_before = now()
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints WHERE client_id = ANY ($1::text[]) AND enabled ORDER BY endpoint_id FOR NO KEY UPDATE)`,
    [clientIds],
  );
}
