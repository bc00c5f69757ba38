import { eventPruning } from '../../../shared/event-log/prune-events';
import { pruneSubmissions } from '../../../shared/idempotency/idempotency-records';
import { type Queryable } from '../../../shared/postgres/queryable';
import { orderEventPruning } from '../store/reconciliation-store';

/**
 * Removes expired submissions, and the events of orders that ended long ago.
 *
 * @param eventRetentionDays 0: events are kept forever.
 * @returns the pruning functions; each removes some rows and returns how many.
 */
export function expiredOrderPruning(db: Queryable, eventRetentionDays: number): (() => Promise<number>)[] {
  return [() => pruneSubmissions(db), eventPruning(eventRetentionDays, orderEventPruning(db))];
}
