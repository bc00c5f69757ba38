import { type Queryable } from '../../../shared/postgres/queryable';
import { type OrderView } from '../domain/compare-shipment';
import { type LastKnownShipment } from '../domain/last-known-shipment';
import { findLastKnownShipment as findShipment } from '../store/order-shipment-store';
import {
  existingOrders as existing,
  findOrderViews as findViews,
  orderIdsBefore as before,
} from '../store/order-view-store';

/** The state of orders, of whichever clients, as a comparison with their shipments needs it; by id. Unknown orders are left out. */
export function viewOrders(db: Queryable, orderIds: readonly string[]): Promise<Map<string, OrderView>> {
  return findViews(db, orderIds);
}

/** Which of these orders exist. */
export function existingOrders(db: Queryable, orderIds: readonly string[]): Promise<Set<string>> {
  return existing(db, orderIds);
}

/** The ids of the next older orders: those below `before`, newest first. */
export function orderIdsBefore(db: Queryable, id: string, limit: number): Promise<string[]> {
  return before(db, id, limit);
}

/** The last state of an order's shipment that the order knows; null when it knows none, or the client (null: any) has no such order. */
export function lastKnownShipmentOf(
  db: Queryable,
  orderId: string,
  clientId: string | null,
): Promise<LastKnownShipment | null> {
  return findShipment(db, orderId, clientId);
}
