import { z } from 'zod';
import { version } from './integers';
import { currency } from './money';
import { orderResource } from './order-resource';
import { productResource } from './product-resource';
import { stockResource } from './stock-resource';
import { uuid } from './text';
import { utcTimestamp } from './timestamps';

/** The types of the events that clients receive: in the event feed, in streams and by webhooks. */
export const ORDER_EVENT_TYPES = [
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
export const PRODUCT_EVENT_TYPES = [
  'product.created',
  'product.updated',
  'product.price_changed',
  'product.deleted',
] as const;
export const INVENTORY_EVENT_TYPES = [
  'inventory.reserved',
  'inventory.released',
  'inventory.updated',
  'inventory.low',
] as const;

/** The types of the events of products and of their stock, which have streams of their own. */
export const CATALOGUE_EVENT_TYPES = [...PRODUCT_EVENT_TYPES, ...INVENTORY_EVENT_TYPES] as const;
export const PUBLIC_EVENT_TYPES = [...ORDER_EVENT_TYPES, ...CATALOGUE_EVENT_TYPES] as const;

export type OrderEventType = (typeof ORDER_EVENT_TYPES)[number];
export type ProductEventType = (typeof PRODUCT_EVENT_TYPES)[number];
export type InventoryEventType = (typeof INVENTORY_EVENT_TYPES)[number];
export type CatalogueEventType = (typeof CATALOGUE_EVENT_TYPES)[number];
export type PublicEventType = (typeof PUBLIC_EVENT_TYPES)[number];

/** The subjects that a reader can choose: orders, or products and their stock. */
export const EVENT_TOPICS = ['orders', 'products'] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

export const orderEventType = z.enum(ORDER_EVENT_TYPES).meta({ id: 'OrderEventType' });
export const productEventType = z.enum(PRODUCT_EVENT_TYPES).meta({ id: 'ProductEventType' });
export const inventoryEventType = z.enum(INVENTORY_EVENT_TYPES).meta({ id: 'InventoryEventType' });
export const catalogueEventType = z.enum(CATALOGUE_EVENT_TYPES).meta({ id: 'CatalogueEventType' });
export const publicEventType = z.enum(PUBLIC_EVENT_TYPES).meta({ id: 'PublicEventType' });

/** The version of the form of events. It changes when a member changes its meaning; new members do not change it. */
export const EVENT_API_VERSION = '2026-11-01';

const id = uuid.describe('the same wherever and however often the event is received');
const apiVersion = z.literal(EVENT_API_VERSION).describe('the version of the form of events');
const correlationId = z.string().describe('the id of the request or message that caused the event');

/** An event of an order, as clients receive it. */
export const orderEvent = z
  .object({
    id,
    type: orderEventType,
    api_version: apiVersion,
    order_id: uuid,
    version: version.describe('the version of the order that the event caused: 1, 2, 3… without gaps'),
    occurred_at: utcTimestamp,
    correlation_id: correlationId,
    data: z.object({ order: orderResource.describe('the order as it was at this version') }),
  })
  .meta({ id: 'OrderEvent' });
export type PublicOrderEvent = z.infer<typeof orderEvent>;

/** An event of a product of the catalogue. */
export const productEvent = z
  .object({
    id,
    type: productEventType,
    api_version: apiVersion,
    product_id: uuid,
    version: version.describe('the version of the product that the event caused: 1, 2, 3… without gaps'),
    occurred_at: utcTimestamp,
    correlation_id: correlationId,
    data: z.object({
      product: productResource.describe('the product as it was at this version'),
      previous_price: z
        .number()
        .optional()
        .describe(
          'only in `product.price_changed`: the price before, in `previous_currency` or else in `currency` of the product',
        ),
      previous_currency: currency.optional().describe('only when the currency has changed: the one before'),
    }),
  })
  .meta({ id: 'ProductEvent' });
export type PublicProductEvent = z.infer<typeof productEvent>;

/** The difference that one transaction made to the stock of a product. */
export const stockChange = z
  .object({
    on_hand: z.int().describe('by how much `on_hand` has changed'),
    reserved: z.int().describe('by how much `reserved` has changed'),
    causes: z
      .record(z.string(), z.int())
      .readonly()
      .describe('the number of changes of each cause, such as `order_placed`; others can be added'),
  })
  .meta({ id: 'StockChange' });

/** An event of the stock of a product. */
export const inventoryEvent = z
  .object({
    id,
    type: inventoryEventType,
    api_version: apiVersion,
    product_id: uuid,
    version: version.describe('the version of the stock that the event caused: 1, 2, 3… without gaps'),
    occurred_at: utcTimestamp,
    correlation_id: correlationId,
    data: z.object({
      stock: stockResource.describe('the stock as it was at this version'),
      change: stockChange,
    }),
  })
  .meta({ id: 'InventoryEvent' });
export type PublicInventoryEvent = z.infer<typeof inventoryEvent>;

/** An event as clients receive it; its type tells what it is about. */
export const publicEvent = z
  .discriminatedUnion('type', [orderEvent, productEvent, inventoryEvent])
  .meta({ id: 'PublicEvent' });
export type PublicEvent = z.infer<typeof publicEvent>;

/** An event of a product or of its stock. */
export type PublicCatalogueEvent = PublicProductEvent | PublicInventoryEvent;

/** Orders have an id of their own; other events name a product. */
export const isOrderEvent = (event: PublicEvent): event is PublicOrderEvent => 'order_id' in event;

/** `GET /events`. */
export const publicEventList = z
  .object({
    data: z.array(publicEvent),
    next_cursor: z.string().describe('`after` of the next request; it advances also when no event matches'),
    has_more: z.boolean().describe('whether the feed may have more events now'),
  })
  .meta({ id: 'PublicEventList' });
