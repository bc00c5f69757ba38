import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** The columns of {@link toClient}. */
export const CLIENT_COLUMNS =
  'client_id, name, scopes, disabled_at IS NOT NULL AS disabled, created_at, updated_at';

/** A client as its resource shows it. */
export interface Client {
  clientId: string;
  name: string | null;
  scopes: readonly Scope[];
  disabled: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewClient {
  clientId: string;
  name: string | null;
  scopes: readonly Scope[];
  secretHash: string;
  /** Absent: the first use of the secret adds it. */
  secretDigest?: string;
  createdAt?: Date;
}

/** The members of a client that can change; an undefined member keeps its value. */
export interface ClientChange {
  name?: string | null | undefined;
  scopes?: readonly Scope[] | undefined;
  disabled?: boolean | undefined;
}

export async function findClient(db: Queryable, clientId: string): Promise<Client | null> {
  const { rows } = await db.query<ClientRow>(
    `SELECT ${CLIENT_COLUMNS} FROM clients WHERE client_id = $1 AND deleted_at IS NULL`,
    [clientId],
  );
  return rows[0] ? toClient(rows[0]) : null;
}

/** Like {@link findClient}, and locks the client until the transaction ends, so that decisions about it stay valid. */
export async function lockClient(tx: Transaction, clientId: string): Promise<Client | null> {
  const { rows } = await tx.query<ClientRow>(
    `SELECT ${CLIENT_COLUMNS} FROM clients WHERE client_id = $1 AND deleted_at IS NULL FOR UPDATE`,
    [clientId],
  );
  return rows[0] ? toClient(rows[0]) : null;
}

/** Clients with an id after `after`, in the order of their ids. */
export async function listClients(db: Queryable, after: string, limit: number): Promise<Client[]> {
  const { rows } = await db.query<ClientRow>(
    `SELECT ${CLIENT_COLUMNS} FROM clients WHERE client_id > $1 AND deleted_at IS NULL ORDER BY client_id LIMIT $2`,
    [after, limit],
  );
  return rows.map(toClient);
}

/** Returns null when the id is, or was, in use: an id is never used twice. */
export async function insertClient(db: Queryable, client: NewClient): Promise<Client | null> {
  const { rows } = await db.query<ClientRow>(
    `INSERT INTO clients (client_id, name, scopes, secret_hash, secret_digest, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, COALESCE($6, now()), COALESCE($6, now()))
     ON CONFLICT (client_id) DO NOTHING RETURNING ${CLIENT_COLUMNS}`,
    [
      client.clientId,
      client.name,
      client.scopes,
      client.secretHash,
      client.secretDigest ?? null,
      client.createdAt ?? null,
    ],
  );
  return rows[0] ? toClient(rows[0]) : null;
}

export async function updateClient(
  db: Queryable,
  clientId: string,
  change: ClientChange,
): Promise<Client | null> {
  const { rows } = await db.query<ClientRow>(
    `UPDATE clients
        SET name = CASE WHEN $2 THEN $3 ELSE name END,
            scopes = COALESCE($4, scopes),
            disabled_at = CASE WHEN $5::boolean IS NULL THEN disabled_at WHEN $5 THEN COALESCE(disabled_at, now()) END,
            updated_at = now()
      WHERE client_id = $1 AND deleted_at IS NULL
      RETURNING ${CLIENT_COLUMNS}`,
    [
      clientId,
      change.name !== undefined,
      change.name ?? null,
      change.scopes ?? null,
      change.disabled ?? null,
    ],
  );
  return rows[0] ? toClient(rows[0]) : null;
}

/** Removes a client; its id and its orders stay. Returns false when there is no such client. */
export async function deleteClient(db: Queryable, clientId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE clients
        SET deleted_at = now(), updated_at = now(), previous_secret_hash = NULL,
            secret_digest = NULL, previous_secret_digest = NULL
      WHERE client_id = $1 AND deleted_at IS NULL`,
    [clientId],
  );
  return rowCount === 1;
}

/**
 * Sets the scopes of a client that was not changed, rotated, disabled or deleted since it was added. The client still counts as unchanged
 * afterwards.
 */
export async function extendUnchangedClient(
  db: Queryable,
  clientId: string,
  scopes: readonly Scope[],
): Promise<void> {
  await db.query(
    `UPDATE clients SET scopes = $2
      WHERE client_id = $1 AND updated_at = created_at AND disabled_at IS NULL AND deleted_at IS NULL
        AND previous_secret_hash IS NULL`,
    [clientId, scopes],
  );
}

/** Those of these clients that can authenticate, now or after being enabled again. */
export async function existingClients(db: Queryable, clientIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ client_id: string }>(
    'SELECT client_id FROM clients WHERE client_id = ANY ($1) AND deleted_at IS NULL',
    [clientIds],
  );
  return rows.map((row) => row.client_id);
}

/** Those of these clients that are disabled or were removed. */
export async function findInactiveClients(
  db: Queryable,
  clientIds: readonly string[],
): Promise<{ clientId: string; isRemoved: boolean }[]> {
  const { rows } = await db.query<{ client_id: string; is_removed: boolean }>(
    `SELECT client_id, deleted_at IS NOT NULL AS is_removed FROM clients
      WHERE client_id = ANY ($1::text[]) AND (disabled_at IS NOT NULL OR deleted_at IS NOT NULL)`,
    [clientIds],
  );
  return rows.map((row) => ({ clientId: row.client_id, isRemoved: row.is_removed }));
}

export interface ClientRow {
  client_id: string;
  name: string | null;
  scopes: Scope[];
  disabled: boolean;
  created_at: Date;
  updated_at: Date;
}

export const toClient = (row: ClientRow): Client => ({
  clientId: row.client_id,
  name: row.name,
  scopes: row.scopes,
  disabled: row.disabled,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
