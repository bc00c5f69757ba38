import { z } from 'zod';
import { version } from './integers';
import { shipmentMessage } from './messages';
import { orderStatus, shipmentStatus } from './status-machines';
import { text, uuid } from './text';
import { timestamp, utcTimestamp } from './timestamps';

/** A shipment in the API of the Delivery Service. */
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

/** `GET /shipments/:id/events?after=`: the messages exactly as they were, or will be, published. */
export const shipmentEventList = z
  .object({ data: z.array(shipmentMessage), next_cursor: z.null() })
  .meta({ id: 'ShipmentEventList' });

/** `GET /orders/{order_id}/shipment`: the shipment of an order, or its last state known to the Order Service. */
export const orderShipment = shipmentResource
  .omit({ created_at: true, updated_at: true })
  .extend({
    stale: z
      .boolean()
      .describe('true: the Delivery Service does not respond, and this is the last reported state'),
    as_of: utcTimestamp.describe('the time of this state: now, or the time of the last report'),
  })
  .meta({ id: 'OrderShipment' });
export type OrderShipment = z.infer<typeof orderShipment>;

const shippingMembers = {
  carrier: text(1, 100),
  tracking_number: text(1, 100),
  estimated_delivery: timestamp,
};

/** The carrier of the parcel, its tracking number, and the expected day of delivery. */
export const shippingChange = z.strictObject(shippingMembers).meta({ id: 'ShippingChange' });
export type ShippingChange = z.infer<typeof shippingChange>;

const optionalShipping = z.strictObject(shippingMembers).partial().shape;

/** A manual step of a shipment; shipping members that are absent stay unchanged. */
export const shipmentStep = z
  .strictObject({ status: shipmentStatus, ...optionalShipping })
  .meta({ id: 'ShipmentStep' });
export type ShipmentStepBody = z.infer<typeof shipmentStep>;

/** A manual step of an order, which its shipment takes. */
export const orderStep = z
  .strictObject({ status: orderStatus, ...optionalShipping })
  .meta({ id: 'OrderStep' });
export type OrderStepBody = z.infer<typeof orderStep>;

/** The header in which the Order Service names the operator for whom it sends a request. */
export const ACTOR_HEADER = 'X-Actor';
/** The only client from which the Delivery Service accepts that header; no registered client can have this id. */
export const ORDER_SERVICE_CLIENT_ID = 'order-service';
