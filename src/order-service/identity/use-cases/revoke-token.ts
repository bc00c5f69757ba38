import { type Queryable } from '../../../shared/postgres/queryable';
import { revokeToken as revoke } from '../store/token-store';
import { isResponsibleFor, type Asker } from './introspect-token';

/** Takes a token back (RFC 7009). Another client's token is left as it is; the asker is not told. */
export async function revokeToken(
  db: Queryable,
  token: { jti: string; clientId: string; expiresAt: number },
  asker: Asker,
): Promise<void> {
  if (isResponsibleFor(asker, token.clientId)) await revoke(db, token.jti, new Date(token.expiresAt * 1_000));
}
