import { type ShipmentMessage, type ShipmentStatusChanged } from '../../../shared/contracts/messages';
import { relationOf } from '../../../shared/contracts/status-machines';
import { isSameShipping, stateOf } from './compare-shipment';
import { reportedBy, shippingAsToldIn } from './follow-shipment';
import { type Order, type OrderStep } from './order';

/**
 * The order under the version numbers that its shipment's log has now: the last version at which the shipment was in the order's own
 * state counts as applied, so that the messages behind it follow as usual. Its shipping becomes the shipment's. Null when the
 * shipment never was in that state.
 *
 * @param attempts how often the parcel has gone out for delivery, as the order knows it
 * @param log all messages of the shipment, oldest first
 */
export function alignWithShipment(
  order: Order,
  attempts: number,
  log: readonly ShipmentMessage[],
  now: Date,
): OrderStep | null {
  const place = placeIn(log, { status: order.status, attempts });
  if (!place) return null;
  const { version, payload } = place;
  const aligned: Order = { ...order, shipmentVersion: version };
  const shipping = shippingAsToldIn(payload);
  if (isSameShipping(order.shipping, shipping)) return { order: aligned, fact: null };
  const next: Order = { ...aligned, shipping, version: order.version + 1, updatedAt: now };
  const fact = { status: order.status, ...reportedBy(next, payload) };
  return { order: next, fact: { type: 'ORDER_SHIPPING_CHANGED', payload: fact, sent: false } };
}

interface Place {
  version: number;
  payload: ShipmentStatusChanged['payload'];
}

function placeIn(log: readonly ShipmentMessage[], order: Pick<Order, 'status'> & { attempts: number }) {
  let current: ShipmentStatusChanged['payload'] | undefined;
  let place: Place | null = null;
  for (const message of log) {
    if (message.type === 'SHIPMENT_STATUS_CHANGED') current = message.payload;
    if (current && relationOf(stateOf(order), current) === 'same')
      place = { version: message.version, payload: current };
  }
  return place;
}
