import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import {
  findTokenStatus,
  type IssuedToken,
  pruneRevokedTokens,
  revokeToken as revoke,
} from '../store/token-store';

/** The client that requests the introspection or revocation of a token, and its scopes. */
export interface Asker {
  clientId: string;
  scopes: readonly string[];
}

const SCOPES_FOR_ALL_TOKENS: readonly Scope[] = ['client:manage', 'ops:manage'];

/** Whether this client may introspect and revoke the tokens of that client. */
export function isResponsibleFor(asker: Asker, clientId: string): boolean {
  return asker.clientId === clientId || SCOPES_FOR_ALL_TOKENS.some((scope) => asker.scopes.includes(scope));
}

/**
 * The scopes that a token still gives (RFC 7662); null when it gives none: it is revoked, its client is disabled or removed, or the asker
 * may not introspect it.
 */
export async function introspectToken(
  db: Queryable,
  token: IssuedToken,
  asker: Asker,
): Promise<readonly string[] | null> {
  if (!isResponsibleFor(asker, token.clientId)) return null;
  const { active, scopes } = await lookUpTokenStatus(db, token);
  return active ? scopes : null;
}

/** Whether a token and its client may still be used, and which scopes of the token the client still has. */
export async function lookUpTokenStatus(
  db: Queryable,
  token: IssuedToken,
): Promise<{ active: boolean; scopes: readonly string[] }> {
  const found = await findTokenStatus(db, token);
  if (!found) return { active: false, scopes: [] };
  return { active: true, scopes: token.scopes.filter((scope) => found.clientScopes.includes(scope)) };
}

/** Revokes a token (RFC 7009). Another client's token is not revoked; the asker does not learn that. */
export async function revokeToken(
  db: Queryable,
  token: { jti: string; clientId: string; expiresAt: number },
  asker: Asker,
): Promise<void> {
  if (isResponsibleFor(asker, token.clientId)) await revoke(db, token.jti, new Date(token.expiresAt * 1_000));
}

/** Deletes some revocations of expired tokens; returns how many. */
export function forgetRevokedTokens(db: Queryable): Promise<number> {
  return pruneRevokedTokens(db);
}
