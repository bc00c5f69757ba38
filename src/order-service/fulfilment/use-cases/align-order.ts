import { shipmentEventList, type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { type Origin } from '../../../shared/event-log/event';
import { inTransaction } from '../../../shared/postgres/transaction';
import { alignWithShipment } from '../../orders/domain/align-with-shipment';
import { lockOrders, updateOrders } from '../../orders/store/order-store';
import { findOrderViews } from '../../orders/store/order-view-store';
import { appendFacts } from '../../orders/use-cases/append-facts';
import { type CatchUpDependencies } from './catch-up-order';

/** The order can move on between the two reads; then the second attempt sees where to. */
const ATTEMPTS = 2;

/**
 * Counts an order's shipment messages by the log that its shipment has now, and applies what follows in there: after a restore of the
 * Delivery Service's database the same versions can stand for other steps. False when the order's own state is nowhere in that log;
 * then nothing has changed.
 *
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function alignOrder(
  deps: CatchUpDependencies,
  orderId: string,
  shipment: Pick<ShipmentResource, 'shipment_id'>,
  origin: Origin,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1)
    if (await align(deps, orderId, shipment, origin)) return true;
  return false;
}

async function align(
  deps: CatchUpDependencies,
  orderId: string,
  { shipment_id: shipmentId }: Pick<ShipmentResource, 'shipment_id'>,
  origin: Origin,
): Promise<boolean> {
  const { data: log } = await deps.deliveryService.get(`/shipments/${shipmentId}/events`, shipmentEventList);
  const aligned = await inTransaction(deps.pool, async (tx) => {
    const order = (await lockOrders(tx, [orderId])).get(orderId);
    const view = (await findOrderViews(tx, [orderId])).get(orderId);
    const step = order && view ? alignWithShipment(order, view.attempts, log, new Date()) : null;
    if (!step) return null;
    updateOrders(tx, [step.order]);
    appendFacts(tx, [{ step, origin }]);
    return step.order;
  });
  if (!aligned) return false;
  for (const message of log)
    if (message.version > aligned.shipmentVersion) await deps.applyShipmentStatus(message, origin);
  return true;
}
