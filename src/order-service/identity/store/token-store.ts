import { type Queryable } from '../../../shared/postgres/queryable';

/** The claims of a token that determine its status. */
export interface IssuedToken {
  jti: string;
  clientId: string;
  scopes: readonly string[];
}

/** The current scopes of the token's client; null when the token was revoked or its client is disabled or removed. */
export async function findTokenStatus(
  db: Queryable,
  { jti, clientId }: IssuedToken,
): Promise<{ clientScopes: readonly string[] } | null> {
  const { rows } = await db.query<{ scopes: string[] }>(
    `SELECT c.scopes FROM clients c
      WHERE c.client_id = $1 AND c.disabled_at IS NULL AND c.deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.jti = $2)`,
    [clientId, jti],
  );
  return rows[0] ? { clientScopes: rows[0].scopes } : null;
}

/** The current scopes of the clients of several tokens, by token id; without the tokens for which {@link findTokenStatus} returns null. */
export async function findTokenStatuses(
  db: Queryable,
  tokens: readonly Omit<IssuedToken, 'scopes'>[],
): Promise<Map<string, readonly string[]>> {
  const { rows } = await db.query<{ jti: string; scopes: string[] }>(
    `SELECT t.jti, c.scopes
       FROM unnest($1::text[], $2::text[]) AS t (jti, client_id)
            JOIN clients c ON c.client_id = t.client_id AND c.disabled_at IS NULL AND c.deleted_at IS NULL
      WHERE NOT EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.jti = t.jti)`,
    [tokens.map(({ jti }) => jti), tokens.map(({ clientId }) => clientId)],
  );
  return new Map(rows.map(({ jti, scopes }) => [jti, scopes]));
}

/** Revokes a token. A repeat changes nothing. */
export async function revokeToken(db: Queryable, jti: string, expiresAt: Date): Promise<void> {
  await db.query('INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    jti,
    expiresAt,
  ]);
}

/** Deletes some revocations of tokens that have expired, including the leeway; few enough for the time limit. Returns how many. */
export async function pruneRevokedTokens(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM revoked_tokens WHERE jti IN
       (SELECT jti FROM revoked_tokens WHERE expires_at < now() - interval '5 minutes' LIMIT 2000)`,
  );
  return rowCount ?? 0;
}
