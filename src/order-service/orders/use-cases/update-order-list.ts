import { type Database } from '../../../shared/postgres/queryable';
import { applyOrderListChanges } from '../store/order-list-updates';

/** Few enough that a step stays far below the time limit of a statement. */
const EVENTS_PER_STEP = 2_000;

/**
 * Brings the order list nearer to the end of the event feed.
 *
 * @returns whether more events may be waiting.
 */
export async function updateOrderList(db: Database): Promise<'more' | 'applied' | 'nothing'> {
  const events = await db.transaction((tx) => applyOrderListChanges(tx, EVENTS_PER_STEP));
  if (events >= EVENTS_PER_STEP) return 'more';
  return events > 0 ? 'applied' : 'nothing';
}
