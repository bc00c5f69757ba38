import { INSUFFICIENT_SCOPE } from '../../../shared/contracts/problem-types';
import { type Scope } from '../../../shared/contracts/scopes';
import { AppError } from '../../../shared/errors';

/** Who looks after clients: a client with `client:manage`, and the scopes of the token that it came with. */
export interface Manager {
  clientId: string;
  scopes: readonly string[];
}

/**
 * Nobody may give what he does not have, neither as a scope nor by a secret that opens it.
 *
 * @throws AppError `forbidden` that names the scopes that the manager lacks.
 */
export function requireHeld(scopes: readonly Scope[], by: Manager): void {
  const missing = scopes.filter((scope) => !by.scopes.includes(scope));
  if (missing.length === 0) return;
  throw new AppError(
    INSUFFICIENT_SCOPE,
    `this needs scopes that the token does not have: ${missing.join(', ')}`,
    {
      requiredScopes: missing,
    },
  );
}
