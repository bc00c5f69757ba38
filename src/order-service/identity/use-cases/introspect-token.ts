import { type Scope } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type IssuedToken } from '../store/token-store';
import { lookUpTokenStatus } from './look-up-token-status';

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
