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
 * Checks a message whose version an order has already applied. Usually the message repeats a step that the order has taken. Otherwise it is
 * a message of a shipment that was restored and then took other steps under the same versions; then order and shipment are compared. Null
 * when there is nothing to compare.
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
 * Checks the next message of an order when the order's status table does not allow its step. If the message is in the current log of the
 * shipment, order and shipment are compared. An old message about a state that the order has passed needs no action.
 *
 * @returns the report of the comparison; true: no action is needed; false: the message is not in the log, and the order has not passed its
 * state.
 * @throws AppError `unavailable` when the Delivery Service does not answer.
 */
export async function checkIllegalMessage(
  deps: CompareDependencies,
  message: ShipmentMessage,
  origin: Origin,
): Promise<ComparisonReport | boolean> {
  if (await isInShipmentLog(deps, message)) return compareOrders(deps, [message.order_id], origin);
  return isPassed(deps, message);
}

/** Whether the order is in the state that a message reports, or has passed it. */
async function isPassed({ db }: CompareDependencies, message: ShipmentMessage): Promise<boolean> {
  if (message.type === 'SHIPMENT_CANCEL_REFUSED') return true;
  const order = (await viewOrders(db, [message.order_id])).get(message.order_id);
  if (!order) return true;
  const relation = relationOf(message.payload, stateOf(order));
  return relation === 'same' || relation === 'before';
}

async function isInShipmentLog({ deliveryService }: CompareDependencies, message: ShipmentMessage) {
  const [shipment] = await shipmentsOf(deliveryService, [message.order_id]);
  if (!shipment) return false;
  const path = `/shipments/${shipment.shipment_id}/events`;
  const { data } = await deliveryService.get(path, shipmentEventList, { after: message.version - 1 });
  return data[0]?.id === message.id;
}
