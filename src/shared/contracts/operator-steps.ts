import { z } from 'zod';
import { orderStatus } from './order-status';
import { shipmentStatus } from './shipment-status';
import { text } from './text';
import { timestamp } from './timestamps';

const shippingMembers = {
  carrier: text(1, 100),
  tracking_number: text(1, 100),
  estimated_delivery: timestamp,
};

/** Who carries the parcel, under which number, and when it is expected. */
export const shippingChange = z.strictObject(shippingMembers).meta({ id: 'ShippingChange' });
export type ShippingChange = z.infer<typeof shippingChange>;

const optionalShipping = z.strictObject(shippingMembers).partial().shape;

/** A step of a shipment by hand; what it does not name of the shipping stays as it was. */
export const shipmentStep = z
  .strictObject({ status: shipmentStatus, ...optionalShipping })
  .meta({ id: 'ShipmentStep' });
export type ShipmentStepBody = z.infer<typeof shipmentStep>;

/** A step of an order by hand, which its shipment takes. */
export const orderStep = z
  .strictObject({ status: orderStatus, ...optionalShipping })
  .meta({ id: 'OrderStep' });
export type OrderStepBody = z.infer<typeof orderStep>;

/** The header in which the Order Service names the operator on whose behalf it asks. */
export const ACTOR_HEADER = 'X-Actor';
/** The only client that the Delivery Service believes about that; no registered client can have this id. */
export const ORDER_SERVICE_CLIENT_ID = 'order-service';
