import { type Queryable } from '../../../shared/postgres/queryable';
import { findTokenStatus, type IssuedToken } from '../store/token-store';

/** What has become of a token: whether it and its client may still be used, and which of its scopes the client still has. */
export async function lookUpTokenStatus(
  db: Queryable,
  token: IssuedToken,
): Promise<{ active: boolean; scopes: readonly string[] }> {
  const found = await findTokenStatus(db, token);
  if (!found) return { active: false, scopes: [] };
  return { active: true, scopes: token.scopes.filter((scope) => found.clientScopes.includes(scope)) };
}
