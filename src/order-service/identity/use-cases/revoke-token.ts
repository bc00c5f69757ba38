import { type Queryable } from '../../../shared/postgres/queryable';
import { pruneRevokedTokens, revokeToken as revoke } from '../store/token-store';
import { isResponsibleFor, type Asker } from './introspect-token';

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
