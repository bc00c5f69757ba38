import { z } from 'zod';
import { version } from './integers';
import { EXAMPLE_ORDER, orderResource } from './order-resource';
import { uuid } from './text';
import { utcTimestamp } from './timestamps';

/** The types of the events that clients receive: in the event feed, in streams and by webhooks. */
export const PUBLIC_EVENT_TYPES = [
  'order.created',
  'order.updated',
  'order.shipped',
  'order.in_transit',
  'order.out_for_delivery',
  'order.delivered',
  'order.delivery_failed',
  'order.returned',
  'order.cancellation_requested',
  'order.cancellation_refused',
  'order.cancelled',
] as const;
export type PublicEventType = (typeof PUBLIC_EVENT_TYPES)[number];
export const publicEventType = z.enum(PUBLIC_EVENT_TYPES).meta({ id: 'OrderEventType' });

/** The version of the form of events. It changes when a member changes its meaning; new members do not change it. */
export const EVENT_API_VERSION = '2026-11-01';

/** An event of an order, as clients receive it. */
export const publicEvent = z
  .object({
    id: uuid.describe('the same wherever and however often the event is received'),
    type: publicEventType,
    api_version: z.literal(EVENT_API_VERSION).describe('the version of the form of events'),
    order_id: uuid,
    version: version.describe('the version of the order that the event caused: 1, 2, 3… without gaps'),
    occurred_at: utcTimestamp,
    correlation_id: z.string().describe('the id of the request or message that caused the event'),
    data: z.object({ order: orderResource.describe('the order as it was at this version') }),
  })
  .meta({ id: 'OrderEvent' });
export type PublicEvent = z.infer<typeof publicEvent>;

export const EXAMPLE_PUBLIC_EVENT: PublicEvent = {
  id: '01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4',
  type: 'order.created',
  api_version: EVENT_API_VERSION,
  order_id: EXAMPLE_ORDER.order_id,
  version: EXAMPLE_ORDER.version,
  occurred_at: EXAMPLE_ORDER.updated_at,
  correlation_id: '7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53',
  data: { order: EXAMPLE_ORDER },
};

/** `GET /events`. */
export const publicEventList = z
  .object({
    data: z.array(publicEvent),
    next_cursor: z.string().describe('`after` of the next request; it advances also when no event matches'),
    has_more: z.boolean().describe('whether the feed may have more events now'),
  })
  .meta({ id: 'OrderEventList' });
