import { type ShipmentMessage } from '../../../shared/contracts/messages';
import { relationOf } from '../../../shared/contracts/status-machines';
import { shipmentEventList } from '../../../shared/contracts/shipment-resource';
import { type Origin } from '../../../shared/event-log/event';
import { stateOf } from '../../orders/domain/compare-shipment';
import { viewOrders } from '../../orders/use-cases/view-orders';
import { shipmentsOf } from './catch-up-order';
import { compareOrders, type CompareDependencies } from './compare-orders';
import { type ComparisonReport } from './comparison-report';

/**
 * Looks at a message whose version an order has applied already. Usually it is a repeat of what the order has passed. One that tells
 * of another way stems from a shipment that was restored and has gone on differently under the same versions: then the two are
 * compared. Null when there is nothing to compare.
 *
 * @throws AppError `unavailable` when the Delivery Service is needed and does not answer.
 */
export async function checkSeenMessage(
  deps: CompareDependencies,
  message: ShipmentMessage,
  origin: Origin,
): Promise<ComparisonReport | null> {
  return (await isPassed(deps, message)) ? null : compareOrders(deps, [message.order_id], origin);
}

/**
 * Looks at the next message of an order when it is not a step of the order's table. When the shipment's own log has it, order and
 * shipment are compared; a leftover of what the order has passed needs nothing.
 *
 * @returns whether the message is dealt with; false: nobody has said this.
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function checkIllegalMessage(
  deps: CompareDependencies,
  message: ShipmentMessage,
  origin: Origin,
): Promise<ComparisonReport | boolean> {
  if (await isOfShipment(deps, message)) return compareOrders(deps, [message.order_id], origin);
  return isPassed(deps, message);
}

/** Whether the order is at the state that a message tells of, or past it. */
async function isPassed({ db }: CompareDependencies, message: ShipmentMessage): Promise<boolean> {
  if (message.type === 'SHIPMENT_CANCEL_REFUSED') return true;
  const order = (await viewOrders(db, [message.order_id])).get(message.order_id);
  if (!order) return true;
  const relation = relationOf(message.payload, stateOf(order));
  return relation === 'same' || relation === 'before';
}

async function isOfShipment({ deliveryService }: CompareDependencies, message: ShipmentMessage) {
  const [shipment] = await shipmentsOf(deliveryService, [message.order_id]);
  if (!shipment) return false;
  const path = `/shipments/${shipment.shipment_id}/events`;
  const { data } = await deliveryService.get(path, shipmentEventList, { after: message.version - 1 });
  return data[0]?.id === message.id;
}
