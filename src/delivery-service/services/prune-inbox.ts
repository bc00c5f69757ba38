import { pruneInbox as prune } from '../../shared/event-log/inbox';
import { type Queryable } from '../../shared/postgres/queryable';

/** Longer than a message can live: 4 days in a queue, 14 in its dead letters, redriven, and again. */
const KEEP_MS = 40 * 86_400_000;

/** Forgets messages that can no longer come again. Returns how many rows went. */
export async function pruneInbox(db: Queryable): Promise<number> {
  return prune(db, new Date(Date.now() - KEEP_MS));
}
