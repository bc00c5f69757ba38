import { type Scope } from '../../shared/contracts/scopes';
import { type Queryable } from '../../shared/postgres/queryable';

export interface Client {
  clientId: string;
  secretHash: string;
  scopes: readonly Scope[];
}

export async function findClient(db: Queryable, clientId: string): Promise<Client | null> {
  const { rows } = await db.query<{ client_id: string; secret_hash: string; scopes: Scope[] }>(
    'SELECT client_id, secret_hash, scopes FROM clients WHERE client_id = $1',
    [clientId],
  );
  const [row] = rows;
  return row ? { clientId: row.client_id, secretHash: row.secret_hash, scopes: row.scopes } : null;
}

/** Adds a client, or gives a known one these scopes and this secret. */
export async function saveClient(db: Queryable, client: Client): Promise<void> {
  await db.query(
    `INSERT INTO clients (client_id, secret_hash, scopes) VALUES ($1, $2, $3)
     ON CONFLICT (client_id) DO UPDATE SET secret_hash = excluded.secret_hash, scopes = excluded.scopes`,
    [client.clientId, client.secretHash, client.scopes],
  );
}

/** Which of these clients exist. */
export async function existingClients(db: Queryable, clientIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ client_id: string }>(
    'SELECT client_id FROM clients WHERE client_id = ANY ($1)',
    [clientIds],
  );
  return rows.map((row) => row.client_id);
}
