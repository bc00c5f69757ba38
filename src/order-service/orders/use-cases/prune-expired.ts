import { eventPruning } from '../../../shared/event-log/prune-events';
import { pruneFeedPositions, pruneFeedSteps } from '../../../shared/event-log/prune-feed';
import { pruneRecords } from '../../../shared/idempotency/idempotency-records';
import { type Queryable } from '../../../shared/postgres/queryable';
import { publicEventPruning } from '../store/event-pruning-store';
import { orderListPosition } from '../store/order-list-updates';

/**
 * Removes expired idempotency records, the events of orders that ended long ago, and old events of products and their stock. An event leaves
 * the feed before it leaves the log, so that a reader finds either all events behind its cursor or none.
 *
 * @param eventRetentionDays 0: events are kept forever.
 * @returns the pruning functions; each removes some rows and returns how many.
 */
export function expiredOrderPruning(db: Queryable, eventRetentionDays: number): (() => Promise<number>)[] {
  const pruneEvents = eventPruning(eventRetentionDays, publicEventPruning(db));
  const pruneFeed = (): Promise<number> =>
    eventRetentionDays === 0
      ? Promise.resolve(0)
      : orderListPosition(db).then((upTo) => pruneFeedPositions(db, eventRetentionDays, upTo));
  return [() => pruneRecords(db), () => pruneFeedSteps(db), async () => (await pruneFeed()) || pruneEvents()];
}
