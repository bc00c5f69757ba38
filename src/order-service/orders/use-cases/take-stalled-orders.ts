import { type Queryable } from '../../../shared/postgres/queryable';
import { compareSoon, takeStalledOrders as take } from '../store/reconciliation-store';

/**
 * Leases open orders that neither moved nor were compared for `afterSeconds`: no other instance gets them within that time, and those of an
 * instance that died are taken again after it.
 */
export function takeStalledOrders(db: Queryable, afterSeconds: number, limit: number): Promise<string[]> {
  return take(db, afterSeconds, limit);
}

/** Shortens the lease of orders that could not be repaired to a quarter. */
export function returnStalledOrders(
  db: Queryable,
  orderIds: readonly string[],
  afterSeconds: number,
): Promise<void> {
  return compareSoon(db, orderIds, afterSeconds);
}
