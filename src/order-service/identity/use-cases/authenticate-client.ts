import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { findClientSecrets } from '../store/client-store';

export interface AuthenticateClientDependencies {
  db: Queryable;
  /** Takes as long for hashes that are not there (null) as for a wrong secret. */
  verifySecret: (secret: string, current: string | null, previous: string | null) => Promise<boolean>;
}

export type Grant = { clientId: string; scopes: readonly Scope[] };

/**
 * Looks the client up at once, and gives the expensive part, which compares the secret: what the client may do; null when it is unknown,
 * disabled or gone, or the secret is wrong. Callers must not tell these apart, in time either.
 */
export function authenticateClient(
  { db, verifySecret }: AuthenticateClientDependencies,
  clientId: string,
  secret: string,
): () => Promise<Grant | null> {
  const found = findClientSecrets(db, clientId);
  // Its failure is thrown by the comparison, which may never be asked for.
  found.catch(() => undefined);
  return async () => {
    const client = await found;
    const matches = await verifySecret(
      secret,
      client?.secretHash ?? null,
      client?.previousSecretHash ?? null,
    );
    return client && matches ? { clientId, scopes: client.scopes } : null;
  };
}
