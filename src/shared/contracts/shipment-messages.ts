import { z } from 'zod';
import { message } from './envelope';
import { uuid } from './ids';
import { shipmentStatus } from './shipment-status';
import { utcTimestamp } from './timestamps';

export const shipmentStatusChanged = message(
  'SHIPMENT_STATUS_CHANGED',
  z.object({
    shipment_id: uuid,
    status: shipmentStatus,
    /** Null for the first status of a shipment. */
    previous_status: shipmentStatus.nullable().describe('equal to `status` when only the shipping changed'),
    carrier: z.string().nullable(),
    tracking_number: z.string().nullable(),
    estimated_delivery: utcTimestamp.nullable(),
    /** How often the parcel has gone out for delivery. */
    attempts: z.int().min(0),
    actor: z.string().optional().describe('the operator who took the step; absent for a step of the carrier'),
  }),
);
export type ShipmentStatusChanged = z.infer<typeof shipmentStatusChanged>;

export const shipmentCancelRefused = message(
  'SHIPMENT_CANCEL_REFUSED',
  z.object({ shipment_id: uuid, status: shipmentStatus }),
);
export type ShipmentCancelRefused = z.infer<typeof shipmentCancelRefused>;

/** Every message of the delivery status queue; the Order Service applies them strictly by `version`. */
export const shipmentMessage = z.discriminatedUnion('type', [shipmentStatusChanged, shipmentCancelRefused]);
export type ShipmentMessage = z.infer<typeof shipmentMessage>;
