import { type ShipmentMessage, type ShipmentStatusChanged } from '../../../shared/contracts/messages';
import { relationOf } from '../../../shared/contracts/status-machines';
import { isSameShipping, stateOf } from './compare-shipment';
import { reportedBy } from './apply-shipment-message';
import { evolveOrder, reportedShipping } from './evolve-order';
import { type Order, type OrderStep } from './order';

/**
 * Renumbers the shipment messages that an order has applied, according to the shipment's current log. The last message at which the
 * shipment was in the order's state counts as the last applied one; later messages are then applied as usual. The order takes over the
 * shipping data of that message. Returns null when the shipment never was in the order's state.
 *
 * @param attempts how often the parcel has gone out for delivery, according to the order
 * @param log all messages of the shipment, oldest first
 */
export function alignWithShipment(
  order: Order,
  attempts: number,
  log: readonly ShipmentMessage[],
  now: Date,
): OrderStep | null {
  const match = lastMatchIn(log, { status: order.status, attempts });
  if (!match) return null;
  const { version, payload } = match;
  const aligned: Order = { ...order, shipmentVersion: version };
  const shipping = reportedShipping(payload);
  if (isSameShipping(order.shipping, shipping)) return { order: aligned, event: null };
  const data = { status: order.status, ...reportedBy(aligned, payload) };
  const event = { type: 'ORDER_SHIPPING_CHANGED' as const, payload: data, sent: false };
  return { order: evolveOrder(aligned, event, now), event };
}

interface Match {
  version: number;
  payload: ShipmentStatusChanged['payload'];
}

function lastMatchIn(log: readonly ShipmentMessage[], order: Pick<Order, 'status'> & { attempts: number }) {
  let current: ShipmentStatusChanged['payload'] | undefined;
  let match: Match | null = null;
  for (const message of log) {
    if (message.type === 'SHIPMENT_STATUS_CHANGED') current = message.payload;
    if (current && relationOf(stateOf(order), current) === 'same')
      match = { version: message.version, payload: current };
  }
  return match;
}
