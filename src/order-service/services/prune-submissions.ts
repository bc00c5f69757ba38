import { type Queryable } from '../../shared/postgres/queryable';
import { pruneSubmissions as prune } from '../store/submission-store';

/** Forgets submissions whose window has passed. Returns how many rows went. */
export async function pruneSubmissions(db: Queryable): Promise<number> {
  return prune(db);
}
