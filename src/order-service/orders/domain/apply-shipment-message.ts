import { IllegalTransitionError } from '../../../shared/errors';
import { orderMachine, type OrderStatus, orderStatusFor } from '../../../shared/contracts/status-machines';
import {
  type ShipmentCancelRefused,
  type ShipmentMessage,
  type ShipmentStatusChanged,
} from '../../../shared/contracts/messages';
import { evolveOrder } from './evolve-order';
import { type Order, type OrderEvent, type OrderStep } from './order';

/** The position of a message relative to the messages that the order has applied. */
export type Position = 'next' | 'seen' | 'ahead';

/** Shipment messages are applied strictly in version order, regardless of the order in which they arrive. */
export function positionOf(message: ShipmentMessage, order: Order): Position {
  if (message.version <= order.shipmentVersion) return 'seen';
  return message.version === order.shipmentVersion + 1 ? 'next' : 'ahead';
}

/**
 * Applies the next shipment message to the order.
 *
 * @throws IllegalTransitionError when the shipment took a step that the order's status table does not allow.
 */
export function applyShipmentMessage(order: Order, message: ShipmentMessage, now: Date): OrderStep {
  const seen: Order = { ...order, shipmentVersion: message.version };
  if (message.type === 'SHIPMENT_CANCEL_REFUSED') return refuseCancellation(seen, message.payload, now);
  const isSameStatus = message.payload.status === message.payload.previous_status;
  return isSameStatus ? changeShipping(seen, message, now) : changeStatus(seen, message, now);
}

function refuseCancellation(order: Order, refused: ShipmentCancelRefused['payload'], now: Date): OrderStep {
  if (order.cancellation === 'refused') return { order, event: null };
  const payload = {
    shipment_id: refused.shipment_id,
    shipment_version: order.shipmentVersion,
    cancellation: 'refused',
  };
  return stepOf(order, 'ORDER_CANCEL_REFUSED', payload, now);
}

/** The shipping data can change at any order status, also before the parcel has left. */
function changeShipping(order: Order, { payload }: ShipmentStatusChanged, now: Date): OrderStep {
  return stepOf(
    order,
    'ORDER_SHIPPING_CHANGED',
    { status: order.status, ...reportedBy(order, payload) },
    now,
  );
}

function changeStatus(order: Order, { payload }: ShipmentStatusChanged, now: Date): OrderStep {
  const status = orderStatusFor(payload.status);
  if (status === null) return { order, event: null };
  if (!orderMachine.isAllowed(order.status, status)) {
    throw new IllegalTransitionError(order.status, status, orderMachine.allowedFrom(order.status));
  }
  const cancellation = cancellationAfter(order, status);
  const change = {
    previous_status: order.status,
    status,
    ...reportedBy(order, payload),
    ...(cancellation !== order.cancellation && { cancellation }),
  };
  return stepOf(order, 'ORDER_STATUS_CHANGED', change, now);
}

function stepOf(order: Order, type: OrderEvent['type'], payload: unknown, now: Date): OrderStep {
  const event = { type, payload, sent: false };
  return { order: evolveOrder(order, event, now), event };
}

/** The data of a message that the order log stores, so that a step that the Delivery Service has lost can be restored. */
export function reportedBy({ shipmentVersion }: Order, payload: ShipmentStatusChanged['payload']) {
  return {
    shipment_id: payload.shipment_id,
    shipment_version: shipmentVersion,
    attempts: payload.attempts,
    carrier: payload.carrier,
    tracking_number: payload.tracking_number,
    estimated_delivery: payload.estimated_delivery,
  };
}

/** A final status answers the cancellation request, even when the request never reached the Delivery Service. */
export function cancellationAfter(order: Order, status: OrderStatus): Order['cancellation'] {
  if (order.cancellation !== 'requested' || !orderMachine.isEnd(status)) return order.cancellation;
  return status === 'CANCELLED' ? 'confirmed' : 'refused';
}
