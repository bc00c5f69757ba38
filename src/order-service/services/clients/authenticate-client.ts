import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { findClient, type Client } from '../../store/client-store';

export interface AuthenticateClientDependencies {
  db: Queryable;
  /** Takes as long for an unknown client (hash null) as for a wrong secret. */
  verifySecret: (secret: string, hash: string | null) => Promise<boolean>;
}

export type Grant = { clientId: string; scopes: readonly Scope[] };

/** What a client may do; null when it is unknown or the secret is wrong, which callers must not tell apart. */
export async function authenticateClient(
  deps: AuthenticateClientDependencies,
  clientId: string,
  secret: string,
): Promise<Grant | null> {
  const client: Client | null = await findClient(deps.db, clientId);
  const isGenuine = await deps.verifySecret(secret, client?.secretHash ?? null);
  return client && isGenuine ? { clientId, scopes: client.scopes } : null;
}
