import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import {
  findTokenStatus,
  type IssuedToken,
  pruneRevokedTokens,
  revokeToken as revoke,
} from '../store/token-store';

/** Who asks about a token. */
export interface Asker {
  clientId: string;
  scopes: readonly string[];
}

const MAY_ASK_ABOUT_ALL: readonly Scope[] = ['client:manage', 'ops:manage'];

/** Whether the asker may know, and do, what concerns that client's tokens. */
export function isResponsibleFor(asker: Asker, clientId: string): boolean {
  return asker.clientId === clientId || MAY_ASK_ABOUT_ALL.some((scope) => asker.scopes.includes(scope));
}

/**
 * Which scopes a token still gives (RFC 7662); null when it gives none: revoked, its client disabled or gone, or none of the
 * asker's business.
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

/** What has become of a token: whether it and its client may still be used, and which of its scopes the client still has. */
export async function lookUpTokenStatus(
  db: Queryable,
  token: IssuedToken,
): Promise<{ active: boolean; scopes: readonly string[] }> {
  const found = await findTokenStatus(db, token);
  if (!found) return { active: false, scopes: [] };
  return { active: true, scopes: token.scopes.filter((scope) => found.clientScopes.includes(scope)) };
}

/** Takes a token back (RFC 7009). Another client's token is left as it is; the asker is not told. */
export async function revokeToken(
  db: Queryable,
  token: { jti: string; clientId: string; expiresAt: number },
  asker: Asker,
): Promise<void> {
  if (isResponsibleFor(asker, token.clientId)) await revoke(db, token.jti, new Date(token.expiresAt * 1_000));
}

/** Removes some of the revocations of tokens that have expired; returns how many. */
export function forgetRevokedTokens(db: Queryable): Promise<number> {
  return pruneRevokedTokens(db);
}
