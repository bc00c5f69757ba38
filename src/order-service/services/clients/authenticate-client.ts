import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { findClientSecrets } from '../../store/client-store';

export interface AuthenticateClientDependencies {
  db: Queryable;
  /** Takes as long for a hash that is not there (null) as for a wrong secret. */
  verifySecret: (secret: string, hash: string | null) => Promise<boolean>;
}

export type Grant = { clientId: string; scopes: readonly Scope[] };

/**
 * What a client may do; null when it is unknown, disabled or gone, or the secret is wrong. Callers must not tell these apart, in
 * time either: two secrets are checked whether there are two, one or none.
 */
export async function authenticateClient(
  deps: AuthenticateClientDependencies,
  clientId: string,
  secret: string,
): Promise<Grant | null> {
  const client = await findClientSecrets(deps.db, clientId);
  const matches = await Promise.all([
    deps.verifySecret(secret, client?.secretHash ?? null),
    deps.verifySecret(secret, client?.previousSecretHash ?? null),
  ]);
  return client && matches.includes(true) ? { clientId, scopes: client.scopes } : null;
}
