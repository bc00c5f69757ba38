import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type AuthenticatedClient } from '../domain/authenticated-client';
import {
  findTokenStatus,
  findTokenStatuses,
  type IssuedToken,
  pruneRevokedTokens,
  revokeToken as revoke,
} from '../store/token-store';

const SCOPES_FOR_ALL_TOKENS: readonly Scope[] = ['client:manage', 'ops:manage'];

/** Whether this client may introspect and revoke the tokens of that client. */
function mayManageTokensOf(caller: AuthenticatedClient, clientId: string): boolean {
  return caller.clientId === clientId || SCOPES_FOR_ALL_TOKENS.some((scope) => caller.scopes.includes(scope));
}

/**
 * The scopes that a token still gives (RFC 7662); null when it gives none: it is revoked, its client is disabled or removed, or the caller
 * may not introspect it.
 */
export async function introspectToken(
  db: Queryable,
  token: IssuedToken,
  caller: AuthenticatedClient,
): Promise<readonly string[] | null> {
  if (!mayManageTokensOf(caller, token.clientId)) return null;
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

/** The scopes that the clients of tokens have now, by token id; without the tokens that may not be used any more. */
export async function lookUpClientScopes(
  db: Queryable,
  tokens: readonly Omit<IssuedToken, 'scopes'>[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  return findTokenStatuses(db, tokens);
}

/** Revokes a token (RFC 7009). Another client's token is not revoked; the caller does not learn that. */
export async function revokeToken(
  db: Queryable,
  token: { jti: string; clientId: string; expiresAt: number },
  caller: AuthenticatedClient,
): Promise<void> {
  if (mayManageTokensOf(caller, token.clientId))
    await revoke(db, token.jti, new Date(token.expiresAt * 1_000));
}

/** Deletes some revocations of expired tokens; returns how many. */
export function pruneExpiredRevocations(db: Queryable): Promise<number> {
  return pruneRevokedTokens(db);
}
