import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { findClientSecrets } from '../store/client-store';

export interface AuthenticateClientDependencies {
  db: Queryable;
  /** Takes as long for missing hashes (null) as for a wrong secret. */
  verifySecret: (secret: string, current: string | null, previous: string | null) => Promise<boolean>;
}

export type Grant = { clientId: string; scopes: readonly Scope[] };

/**
 * Starts the lookup of the client at once and returns the expensive part, the comparison of the secret. That part returns the scopes of the
 * client, or null when the client is unknown, disabled or removed, or the secret is wrong. Callers must not be able to distinguish these
 * cases, also not by timing.
 */
export function authenticateClient(
  { db, verifySecret }: AuthenticateClientDependencies,
  clientId: string,
  secret: string,
): () => Promise<Grant | null> {
  const found = findClientSecrets(db, clientId);
  // A failed lookup is thrown by the returned function. If that is never called, the rejection must still be handled.
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
