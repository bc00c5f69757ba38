import { type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** The clients that have endpoints. */
export async function clientsOfEndpoints(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ client_id: string }>('SELECT DISTINCT client_id FROM webhook_endpoints');
  return rows.map((row) => row.client_id);
}

/** Removes all endpoints of clients; returns how many. */
export async function deleteEndpointsOf(db: Queryable, clientIds: readonly string[]): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM webhook_endpoints
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints WHERE client_id = ANY ($1::text[]) ORDER BY endpoint_id FOR UPDATE)`,
    [clientIds],
  );
  return rowCount ?? 0;
}

/** Disables the enabled endpoints of clients, and returns their ids. The fan-out must be locked. */
export async function disableEndpointsOf(tx: Transaction, clientIds: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ endpoint_id: string }>(
    `UPDATE webhook_endpoints
        SET enabled = false, disabled_reason = 'client_disabled', version = version + 1, updated_at = now()
      WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_endpoints WHERE client_id = ANY ($1::text[]) AND enabled
             ORDER BY endpoint_id FOR NO KEY UPDATE)
     RETURNING endpoint_id`,
    [clientIds],
  );
  return rows.map((row) => row.endpoint_id);
}
