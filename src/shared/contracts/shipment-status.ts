import { z } from 'zod';
import { statusMachine, type StatusTable } from './status-machine';

export const SHIPMENT_STATUSES = [
  'PROCESSING',
  'SHIPPED',
  'IN_TRANSIT',
  'OUT_FOR_DELIVERY',
  'DELIVERED',
  'DELIVERY_FAILED',
  'RETURNED',
  'CANCELLED',
] as const;

export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];
export const shipmentStatus = z.enum(SHIPMENT_STATUSES).meta({ id: 'ShipmentStatus' });

const transitions: StatusTable<ShipmentStatus> = {
  PROCESSING: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['IN_TRANSIT'],
  IN_TRANSIT: ['OUT_FOR_DELIVERY'],
  OUT_FOR_DELIVERY: ['DELIVERED', 'DELIVERY_FAILED'],
  DELIVERED: [],
  DELIVERY_FAILED: ['OUT_FOR_DELIVERY', 'RETURNED'],
  RETURNED: [],
  CANCELLED: [],
};

export const shipmentMachine = statusMachine(transitions);

/** How often a parcel goes out for delivery before it is returned. */
export const MAX_DELIVERY_ATTEMPTS = 3;
