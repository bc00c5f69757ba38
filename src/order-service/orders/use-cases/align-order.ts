import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { type Database } from '../../../shared/postgres/queryable';
import { type Origin } from '../../../shared/event-log/event';
import { alignWithShipment } from '../domain/align-with-shipment';
import { type Order } from '../domain/order';
import { lockOrders, updateOrders } from '../store/order-store';
import { findOrderViews } from '../store/order-view-store';
import { appendStepEvents } from './append-step-events';

/**
 * Renumbers the shipment messages that an order has applied, according to the shipment's current log: after a restore of the Delivery
 * Service's database the same versions can stand for other steps. Returns null, and changes nothing, when the log never reaches the order's
 * state.
 *
 * @param log all messages of the shipment, oldest first
 */
export function alignOrder(
  db: Database,
  orderId: string,
  log: readonly ShipmentMessage[],
  origin: Origin,
): Promise<Order | null> {
  return db.transaction(async (tx) => {
    const order = (await lockOrders(tx, [orderId])).get(orderId);
    const view = (await findOrderViews(tx, [orderId])).get(orderId);
    const step = order && view ? alignWithShipment(order, view.attempts, log, new Date()) : null;
    if (!step) return null;
    updateOrders(tx, [step.order]);
    appendStepEvents(tx, [{ step, origin }]);
    return step.order;
  });
}
