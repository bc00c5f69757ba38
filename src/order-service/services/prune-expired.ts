import { type Queryable } from '../../shared/postgres/queryable';
import { pruneSubmissions } from '../store/submission-store';
import { pruneRevokedTokens } from '../store/token-store';

/** Forgets some of what has expired: submissions and revoked tokens. Returns how many rows went. */
export async function pruneExpired(db: Queryable): Promise<number> {
  return (await pruneSubmissions(db)) + (await pruneRevokedTokens(db));
}
