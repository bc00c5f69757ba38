import { type Scope } from '../../../shared/contracts/scopes';
import { prepared, type Queryable } from '../../../shared/postgres/queryable';
import { createBatchLoader } from '../../../shared/runtime/batch-loader';
import { type Client, CLIENT_COLUMNS, type ClientRow, toClient } from './client-store';

/** A secret as it is stored: the slow hash, and the keyed digest unless the secret was not used since there are digests. */
export interface StoredSecret {
  hash: string;
  digest: string | null;
}

export interface ClientSecrets {
  scopes: readonly Scope[];
  current: StoredSecret;
  /** The secret before the last rotation, while it is valid. */
  previous: StoredSecret | null;
}

const FIND_SECRETS = prepared(
  'find-client-secrets',
  `SELECT client_id, scopes, secret_hash, secret_digest, previous_secret_digest,
          CASE WHEN previous_secret_expires_at > now() THEN previous_secret_hash END AS previous_secret_hash
     FROM clients WHERE client_id = ANY ($1::text[]) AND disabled_at IS NULL AND deleted_at IS NULL`,
);

interface SecretsRow {
  client_id: string;
  scopes: Scope[];
  secret_hash: string;
  secret_digest: string | null;
  previous_secret_hash: string | null;
  previous_secret_digest: string | null;
}

export type FindClientSecrets = (clientId: string) => Promise<ClientSecrets | null>;

/** Finds the secrets of a client that may authenticate: one that is neither disabled nor removed. One statement for concurrent callers. */
export function createSecretsFinder(db: Queryable): FindClientSecrets {
  return createBatchLoader(async (clientIds: readonly string[]) => {
    const { rows } = await db.query<SecretsRow>(FIND_SECRETS, [clientIds]);
    const found = new Map(rows.map((row) => [row.client_id, toSecrets(row)]));
    return clientIds.map((clientId) => found.get(clientId) ?? null);
  });
}

const toSecrets = (row: SecretsRow): ClientSecrets => ({
  scopes: row.scopes,
  current: { hash: row.secret_hash, digest: row.secret_digest },
  previous:
    row.previous_secret_hash === null
      ? null
      : { hash: row.previous_secret_hash, digest: row.previous_secret_digest },
});

/** The hash of a client's current secret, also while the client is disabled. */
export async function findSecretHash(db: Queryable, clientId: string): Promise<string | null> {
  const { rows } = await db.query<{ secret_hash: string }>(
    'SELECT secret_hash FROM clients WHERE client_id = $1 AND deleted_at IS NULL',
    [clientId],
  );
  return rows[0]?.secret_hash ?? null;
}

/** Gives a client a new secret; the current one stays valid for the grace time. Null when there is no such client. */
export async function replaceSecret(
  db: Queryable,
  clientId: string,
  { hash, digest }: StoredSecret,
  graceSeconds: number,
): Promise<Client | null> {
  const { rows } = await db.query<ClientRow>(
    `UPDATE clients
        SET previous_secret_hash = secret_hash, previous_secret_digest = secret_digest,
            previous_secret_expires_at = now() + make_interval(secs => $4),
            secret_hash = $2, secret_digest = $3, updated_at = now()
      WHERE client_id = $1 AND deleted_at IS NULL
      RETURNING ${CLIENT_COLUMNS}`,
    [clientId, hash, digest, graceSeconds],
  );
  return rows[0] ? toClient(rows[0]) : null;
}

/** Sets the digest of a secret, found by its hash, unless the secret was replaced meanwhile. The client counts as unchanged. */
export async function updateDigest(
  db: Queryable,
  clientId: string,
  { hash, digest }: StoredSecret,
): Promise<void> {
  await db.query(
    `UPDATE clients
        SET secret_digest = CASE WHEN secret_hash = $2 THEN $3 ELSE secret_digest END,
            previous_secret_digest = CASE WHEN previous_secret_hash = $2 THEN $3 ELSE previous_secret_digest END
      WHERE client_id = $1 AND deleted_at IS NULL
        AND ((secret_hash = $2 AND secret_digest IS DISTINCT FROM $3)
          OR (previous_secret_hash = $2 AND previous_secret_digest IS DISTINCT FROM $3))`,
    [clientId, hash, digest],
  );
}
