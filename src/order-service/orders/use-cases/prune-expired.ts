import { eventPruning } from '../../../shared/event-log/prune-events';
import { pruneRecords } from '../../../shared/idempotency/idempotency-records';
import { type Queryable } from '../../../shared/postgres/queryable';
import { orderEventPruning } from '../store/reconciliation-store';

/**
 * Removes expired idempotency records, and the events of orders that ended long ago.
 *
 * @param eventRetentionDays 0: events are kept forever.
 * @returns the pruning functions; each removes some rows and returns how many.
 */
export function expiredOrderPruning(db: Queryable, eventRetentionDays: number): (() => Promise<number>)[] {
  return [() => pruneRecords(db), eventPruning(eventRetentionDays, orderEventPruning(db))];
}
