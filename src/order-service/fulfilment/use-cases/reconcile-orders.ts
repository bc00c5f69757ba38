import { type Origin } from '../../../shared/event-log/event';
import { RECONCILIATION_BATCH } from '../../../shared/contracts/reconciliation';
import { returnStalledOrders, takeStalledOrders } from '../../orders/use-cases/take-stalled-orders';
import { compareOrders, type CompareDependencies } from './compare-orders';
import { type ComparisonReport } from './comparison-report';

/**
 * Compares a batch of orders that have stood still with their shipments, and repairs what was lost on the way: with both queues
 * wiped, every order still reaches its end.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer and nothing was done; the orders are compared again soon.
 */
export async function reconcileOrders(
  deps: CompareDependencies,
  origin: Origin,
  signal: AbortSignal,
): Promise<ComparisonReport> {
  const db = deps.db;
  const stalled = await takeStalledOrders(db, deps.afterSeconds, RECONCILIATION_BATCH);
  try {
    return await compareOrders(deps, stalled, origin, signal);
  } catch (error) {
    await returnStalledOrders(db, stalled, deps.afterSeconds);
    throw error;
  }
}
