import { type Queryable } from '../../../shared/postgres/queryable';
import { type OrderView } from '../domain/compare-shipment';
import { type LastKnownShipment } from '../domain/order';
import {
  existingOrders as existing,
  findLastKnownShipment as findShipment,
  findOrderViews as findViews,
  ordersBefore as before,
  type SweptOrder,
} from '../store/order-view-store';
import { rescheduleStalledOrders, takeStalledOrders as take } from '../store/reconciliation-store';

/** The state of orders of any client, for the comparison with their shipments, by order id. Unknown orders are left out. */
export function viewOrders(db: Queryable, orderIds: readonly string[]): Promise<Map<string, OrderView>> {
  return findViews(db, orderIds);
}

/** The ids of those orders that exist. */
export function existingOrders(db: Queryable, orderIds: readonly string[]): Promise<Set<string>> {
  return existing(db, orderIds);
}

/** The next older orders: those with an id below `id`, newest first. */
export function ordersBefore(
  db: Queryable,
  id: string,
  afterSeconds: number,
  limit: number,
): Promise<SweptOrder[]> {
  return before(db, id, afterSeconds, limit);
}

/** The last state of an order's shipment that the order knows; null when it knows none or the client (null: any) has no such order. */
export function lastKnownShipmentOf(
  db: Queryable,
  orderId: string,
  clientId: string | null,
): Promise<LastKnownShipment | null> {
  return findShipment(db, orderId, clientId);
}

/**
 * Leases open orders that neither moved nor were compared for `afterSeconds`. No other instance gets them within that time; after it,
 * orders that a crashed instance had leased are taken again.
 */
export function takeStalledOrders(db: Queryable, afterSeconds: number, limit: number): Promise<string[]> {
  return take(db, afterSeconds, limit);
}

/** Shortens to a quarter the lease of orders that could not be repaired. */
export function returnStalledOrders(
  db: Queryable,
  orderIds: readonly string[],
  afterSeconds: number,
): Promise<void> {
  return rescheduleStalledOrders(db, orderIds, afterSeconds);
}
