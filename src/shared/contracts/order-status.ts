import { z } from 'zod';
import { type ShipmentStatus } from './shipment-status';
import { statusMachine, type StatusTable } from './status-machine';

export const ORDER_STATUSES = [
  'PENDING_SHIPMENT',
  'SHIPPED',
  'IN_TRANSIT',
  'OUT_FOR_DELIVERY',
  'DELIVERED',
  'DELIVERY_FAILED',
  'RETURNED',
  'CANCELLED',
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];
export const orderStatus = z.enum(ORDER_STATUSES).meta({ id: 'OrderStatus' });

const transitions: StatusTable<OrderStatus> = {
  PENDING_SHIPMENT: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['IN_TRANSIT'],
  IN_TRANSIT: ['OUT_FOR_DELIVERY'],
  OUT_FOR_DELIVERY: ['DELIVERED', 'DELIVERY_FAILED'],
  DELIVERED: [],
  DELIVERY_FAILED: ['OUT_FOR_DELIVERY', 'RETURNED'],
  RETURNED: [],
  CANCELLED: [],
};

export const orderMachine = statusMachine(transitions);

/** The order status that a shipment status stands for; null where the customer sees no change. */
export function orderStatusFor(shipment: ShipmentStatus): OrderStatus | null {
  return shipment === 'PROCESSING' ? null : shipment;
}

/** The shipment status that an order status stands for. */
export function shipmentStatusFor(order: OrderStatus): ShipmentStatus {
  return order === 'PENDING_SHIPMENT' ? 'PROCESSING' : order;
}

/** The order's wish to be cancelled: asked for, refused because the parcel had left, or confirmed by the delivery. */
export const CANCELLATIONS = ['requested', 'refused', 'confirmed'] as const;
export type Cancellation = (typeof CANCELLATIONS)[number];
