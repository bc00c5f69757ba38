import { type Database } from '../../../shared/postgres/queryable';
import { applyOrderListChanges } from '../store/order-list-updates';

const MOST_EVENTS = 2_000;
const FEWEST_EVENTS = 50;

/** Brings the order list nearer to the end of the event feed. Returns whether more events may be waiting. */
export type UpdateOrderList = () => Promise<'more' | 'applied' | 'nothing'>;

/**
 * Creates the function that applies the next events. After a failure it applies half as many: a step of many orders whose pages are not in
 * memory can exceed the time limit of a statement.
 */
export function orderListUpdating(db: Database): UpdateOrderList {
  let atMost = MOST_EVENTS;
  return async () => {
    const limit = atMost;
    atMost = Math.max(FEWEST_EVENTS, Math.floor(limit / 2));
    // After a crash of the server the list and its position are those of a moment before, and the events are applied again.
    const events = await db.transaction((tx) => applyOrderListChanges(tx, limit), { commit: 'asynchronous' });
    atMost = Math.min(MOST_EVENTS, limit * 2);
    if (events >= limit) return 'more';
    return events > 0 ? 'applied' : 'nothing';
  };
}
