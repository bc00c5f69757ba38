import { z } from 'zod';
import { uuid } from './ids';
import { version } from './integers';
import { shipmentMessage } from './shipment-messages';
import { shipmentStatus } from './shipment-status';
import { utcTimestamp } from './timestamps';

/** A shipment as the Delivery Service's API shows it. */
export const shipmentResource = z
  .object({
    shipment_id: uuid,
    order_id: uuid,
    status: shipmentStatus,
    version,
    attempts: z.int().min(0),
    carrier: z.string().nullable(),
    tracking_number: z.string().nullable(),
    estimated_delivery: utcTimestamp.nullable(),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Shipment' });
export type ShipmentResource = z.infer<typeof shipmentResource>;

/** `GET /shipments?order_id=`. */
export const shipmentList = z
  .object({ data: z.array(shipmentResource), next_cursor: z.null() })
  .meta({ id: 'ShipmentList' });

/** `GET /shipments/:id/events?after=`: the very messages that were, or will be, published. */
export const shipmentEventList = z
  .object({ data: z.array(shipmentMessage), next_cursor: z.null() })
  .meta({ id: 'ShipmentEventList' });

/** `GET /orders/{order_id}/shipment`: the shipment of an order, or what the Order Service last heard of it. */
export const orderShipment = shipmentResource
  .omit({ created_at: true, updated_at: true })
  .extend({
    stale: z.boolean().describe('the Delivery Service does not answer: this is what it last told'),
    as_of: utcTimestamp.describe('when that was known: now, or when it was last told'),
  })
  .meta({ id: 'OrderShipment' });
export type OrderShipment = z.infer<typeof orderShipment>;
