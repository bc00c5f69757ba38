import { eventPruning } from '../../shared/event-log/prune-events';
import { type Queryable } from '../../shared/postgres/queryable';
import { orderEventPruning } from '../orders/store/event-retention-store';
import { pruneSubmissions } from '../../shared/idempotency/submission-store';
import { pruneRevokedTokens } from '../identity/store/token-store';

/**
 * Forgets some of what has expired: submissions, revoked tokens, and events of orders that ended long ago.
 *
 * @param eventRetentionDays 0: events are kept for ever.
 * @returns does that, and says how many rows went.
 */
export function expiredPruning(db: Queryable, eventRetentionDays: number): () => Promise<number> {
  const pruneEvents = eventPruning(eventRetentionDays, orderEventPruning(db));
  return async () => (await pruneSubmissions(db)) + (await pruneRevokedTokens(db)) + (await pruneEvents());
}
