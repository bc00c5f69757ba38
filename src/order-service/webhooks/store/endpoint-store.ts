import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { byKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type DisabledReason, type WebhookEndpoint } from '../domain/endpoint';

const COLUMNS = `endpoint_id, client_id, url, event_types, enabled, disabled_reason, description, metadata,
  CASE WHEN previous_secret_until > now() THEN previous_secret_until END AS previous_secret_until, missed_before, version, created_at, updated_at`;

/** @param owner null: of any client. */
export async function findEndpoint(
  db: Queryable,
  endpointId: string,
  owner: string | null,
): Promise<WebhookEndpoint | null> {
  const { rows } = await db.query<EndpointRow>(
    byKey(
      `SELECT ${COLUMNS} FROM webhook_endpoints WHERE endpoint_id = $1 AND ($2::text IS NULL OR client_id = $2)`,
    ),
    [endpointId, owner],
  );
  return rows[0] ? toEndpoint(rows[0]) : null;
}

/** Like {@link findEndpoint}, and locks the endpoint until the transaction ends. */
export async function lockEndpoint(
  tx: Transaction,
  endpointId: string,
  owner: string | null,
): Promise<WebhookEndpoint | null> {
  const { rows } = await tx.query<EndpointRow>(
    byKey(
      `SELECT ${COLUMNS} FROM webhook_endpoints WHERE endpoint_id = $1 AND ($2::text IS NULL OR client_id = $2)
          FOR UPDATE`,
    ),
    [endpointId, owner],
  );
  return rows[0] ? toEndpoint(rows[0]) : null;
}

/** Endpoints with an id after `after`, in the order of their ids, which is that of their creation. */
export async function listEndpoints(
  db: Queryable,
  owner: string | null,
  after: string | null,
  limit: number,
): Promise<WebhookEndpoint[]> {
  const ofOwner = owner === null ? '' : 'AND client_id = $3';
  const { rows } = await db.query<EndpointRow>(
    byKey(
      `SELECT ${COLUMNS} FROM webhook_endpoints
        WHERE endpoint_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') ${ofOwner}
        ORDER BY endpoint_id LIMIT $2`,
    ),
    [after, limit, ...(owner === null ? [] : [owner])],
  );
  return rows.map(toEndpoint);
}

export async function countEndpoints(db: Queryable, clientId: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    byKey('SELECT count(*)::int AS count FROM webhook_endpoints WHERE client_id = $1'),
    [clientId],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Adds an endpoint that gets the events behind a cursor. The fan-out must be locked since before the cursor was read: otherwise it could
 * pass the cursor in a transaction that does not see the endpoint, and the endpoint would miss events.
 */
export async function insertEndpoint(
  tx: Transaction,
  endpoint: WebhookEndpoint,
  { sealedSecret, cursor }: { sealedSecret: Buffer; cursor: FeedCursor },
): Promise<void> {
  await tx.query(
    `INSERT INTO webhook_endpoints (endpoint_id, client_id, url, event_types, enabled, disabled_reason, description, metadata,
                                    sealed_secret, cursor_position, cursor_proof, version, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
    [
      endpoint.endpointId,
      endpoint.clientId,
      endpoint.url,
      endpoint.eventTypes,
      endpoint.isEnabled,
      endpoint.disabledReason,
      endpoint.description,
      JSON.stringify(endpoint.metadata),
      sealedSecret,
      cursor.position,
      cursor.proof,
      endpoint.version,
      endpoint.createdAt,
    ],
  );
}

/** Stores the members that a client can change. The failures of another URL are forgotten. The endpoint must be locked. */
export async function updateEndpoint(tx: Transaction, endpoint: WebhookEndpoint): Promise<void> {
  await tx.query(
    `UPDATE webhook_endpoints
        SET url = $2, event_types = $3, enabled = $4, disabled_reason = $5, description = $6, metadata = $7, version = $8, updated_at = $9,
            health_version = CASE WHEN url = $2 THEN health_version ELSE $8 END,
            failing_since = CASE WHEN url = $2 THEN failing_since END,
            consecutive_failures = CASE WHEN url = $2 THEN consecutive_failures ELSE 0 END,
            paused_until = CASE WHEN url = $2 THEN paused_until END
      WHERE endpoint_id = $1`,
    [
      endpoint.endpointId,
      endpoint.url,
      endpoint.eventTypes,
      endpoint.isEnabled,
      endpoint.disabledReason,
      endpoint.description,
      JSON.stringify(endpoint.metadata),
      endpoint.version,
      endpoint.updatedAt,
    ],
  );
}

/**
 * Lets an endpoint that was disabled begin behind a cursor, without its former failures. One with events of the time before it was disabled
 * gets these first, and skips those of the time between. The fan-out must be locked, as for an insert.
 */
export async function restartEndpoint(
  tx: Transaction,
  endpointId: string,
  { position, proof }: FeedCursor,
): Promise<void> {
  await tx.query(
    `UPDATE webhook_endpoints
        SET cursor_position = CASE WHEN is_behind THEN cursor_position ELSE $2 END,
            cursor_proof = CASE WHEN is_behind THEN cursor_proof ELSE $3 END,
            skipped_positions = CASE WHEN is_behind
              THEN (skipped_positions + int8multirange(int8range(disabled_position, $2, '(]'))) * int8multirange(int8range(cursor_position, NULL))
              ELSE '{}' END,
            health_version = version, failing_since = NULL, consecutive_failures = 0, paused_until = NULL
      WHERE endpoint_id = $1`,
    [endpointId, position, proof],
  );
}

/** Returns false when there is no such endpoint. */
export async function deleteEndpoint(tx: Transaction, endpointId: string): Promise<boolean> {
  const { rowCount } = await tx.query('DELETE FROM webhook_endpoints WHERE endpoint_id = $1', [endpointId]);
  return rowCount === 1;
}

interface EndpointRow {
  endpoint_id: string;
  client_id: string;
  url: string;
  event_types: string[];
  enabled: boolean;
  disabled_reason: DisabledReason | null;
  description: string | null;
  metadata: Record<string, string>;
  previous_secret_until: Date | null;
  missed_before: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

const toEndpoint = (row: EndpointRow): WebhookEndpoint => ({
  endpointId: row.endpoint_id,
  clientId: row.client_id,
  url: row.url,
  eventTypes: row.event_types,
  isEnabled: row.enabled,
  disabledReason: row.disabled_reason,
  description: row.description,
  metadata: row.metadata,
  previousSecretUntil: row.previous_secret_until,
  missedBefore: row.missed_before,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  version: row.version,
});
