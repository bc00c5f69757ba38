import { z } from 'zod';
import { version } from './integers';
import { currency } from './money';
import { CANCELLATIONS, orderStatus } from './status-machines';
import { customerId, productId, uuid } from './text';
import { utcTimestamp } from './timestamps';

const item = z
  .object({
    product_id: productId,
    quantity: z.int(),
    unit_price: z.number(),
    name: z
      .string()
      .optional()
      .describe(
        'the name that the product had in the catalogue when the order was placed; absent for an item that was not in the catalogue',
      ),
  })
  .meta({ id: 'OrderItem' });

const shipping = z
  .object({
    carrier: z.string().nullable(),
    tracking_number: z.string().nullable(),
    estimated_delivery: utcTimestamp.nullable(),
  })
  .meta({ id: 'Shipping' });

/** An order in the API: amounts as JSON numbers, times in ISO 8601 UTC. */
export const orderResource = z
  .object({
    order_id: uuid,
    customer_id: customerId,
    items: z.array(item).readonly(),
    currency,
    total_amount: z.number().describe('the sum of quantity × unit_price, exact'),
    status: orderStatus,
    version: version.describe('counts the changes of the order; also its ETag'),
    cancellation: z
      .enum(CANCELLATIONS)
      .nullable()
      .describe(
        'the state of the cancellation request: requested, refused because the parcel had been handed over, or confirmed',
      ),
    shipping: shipping
      .nullable()
      .describe(
        'a copy of the shipping data of the shipment; null while no carrier, tracking number or expected day is known',
      ),
    metadata: z.record(z.string(), z.string()).readonly(),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Order' });
export type OrderResource = z.infer<typeof orderResource>;

/** `/orders/{order_id}`. */
export const orderParams = z.object({ order_id: uuid });

/** `GET /orders`. */
export const orderList = z
  .object({ data: z.array(orderResource), next_cursor: z.string().nullable() })
  .meta({ id: 'OrderList' });

/** One entry of an order's timeline: what happened, who caused it, when, and when it was published. */
export const timelineEntry = z
  .object({
    event_id: uuid,
    version,
    type: z.string(),
    actor: z.string().describe('the client, service or carrier that caused the event'),
    occurred_at: utcTimestamp,
    published_at: utcTimestamp
      .nullable()
      .describe('when the event was published to the Delivery Service; null: not yet, or never'),
    correlation_id: z.string(),
    payload: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof timelineEntry>;

/** `GET /orders/{order_id}/timeline`. */
export const timeline = z
  .object({ data: z.array(timelineEntry), next_cursor: z.null() })
  .meta({ id: 'Timeline' });

/** The order of the API examples. */
export const EXAMPLE_ORDER_BODY = {
  customer_id: 'ada',
  items: [{ product_id: 'lamp', quantity: 1, unit_price: 79.9 }],
  currency: 'USD',
  metadata: { channel: 'web' },
};

export const EXAMPLE_ORDER: OrderResource = {
  ...EXAMPLE_ORDER_BODY,
  currency: currency.parse('USD'),
  order_id: '01a1fc42-fc03-72fd-b531-1111a4fbee12',
  total_amount: 79.9,
  status: 'PENDING_SHIPMENT',
  version: 1,
  cancellation: null,
  shipping: null,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};
