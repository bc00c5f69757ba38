import { EXAMPLE_ORDER, type OrderResource } from './order-resource';
import { EXAMPLE_PRODUCT, type ProductResource } from './product-resource';
import {
  CATALOGUE_EVENT_TYPES,
  EVENT_API_VERSION,
  type InventoryEventType,
  type OrderEventType,
  type ProductEventType,
  type PublicEvent,
  type PublicEventType,
  type PublicInventoryEvent,
  type PublicOrderEvent,
  type PublicProductEvent,
} from './public-event';
import { EXAMPLE_STOCK, type StockResource } from './stock-resource';

/** An event that places an order. */
export const EXAMPLE_PUBLIC_EVENT: PublicOrderEvent = {
  id: '01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4',
  type: 'order.created',
  api_version: EVENT_API_VERSION,
  order_id: EXAMPLE_ORDER.order_id,
  version: EXAMPLE_ORDER.version,
  occurred_at: EXAMPLE_ORDER.updated_at,
  correlation_id: '7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53',
  data: { order: EXAMPLE_ORDER },
};

const shipping = {
  carrier: 'simulated',
  tracking_number: 'SIM-7Q2K',
  estimated_delivery: '2026-11-24T04:00:11.402Z',
};

function ofOrder(type: OrderEventType, version: number, change: Partial<OrderResource>): PublicOrderEvent {
  const at = '2026-11-21T04:00:11.402Z';
  const order = { ...EXAMPLE_ORDER, ...change, version, updated_at: at };
  return { ...EXAMPLE_PUBLIC_EVENT, type, version, occurred_at: at, data: { order } };
}

function ofProduct(
  type: ProductEventType,
  version: number,
  change: Partial<ProductResource>,
  previous: Pick<PublicProductEvent['data'], 'previous_price'> = {},
): PublicProductEvent {
  const product = { ...EXAMPLE_PRODUCT, ...change, version };
  return { ...headOf(type, version, product.updated_at), data: { product, ...previous } };
}

function ofStock(
  type: InventoryEventType,
  stock: Pick<StockResource, 'on_hand' | 'reserved' | 'available' | 'version'>,
  change: PublicInventoryEvent['data']['change'],
): PublicInventoryEvent {
  const present = { ...EXAMPLE_STOCK, low_stock_threshold: 2, backorder_limit: 0, ...stock };
  return { ...headOf(type, stock.version, present.updated_at), data: { stock: present, change } };
}

const headOf = <Type extends ProductEventType | InventoryEventType>(
  type: Type,
  version: number,
  at: string,
): Omit<PublicProductEvent, 'type' | 'data'> & { type: Type } => ({
  id: '01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5',
  type,
  api_version: EVENT_API_VERSION,
  product_id: EXAMPLE_PRODUCT.product_id,
  version,
  occurred_at: at,
  correlation_id: EXAMPLE_PUBLIC_EVENT.correlation_id,
});

const ORDER_EXAMPLES: { [Type in OrderEventType]: PublicOrderEvent } = {
  'order.created': EXAMPLE_PUBLIC_EVENT,
  'order.updated': ofOrder('order.updated', 3, { status: 'SHIPPED', shipping }),
  'order.shipped': ofOrder('order.shipped', 2, { status: 'SHIPPED', shipping }),
  'order.in_transit': ofOrder('order.in_transit', 3, { status: 'IN_TRANSIT', shipping }),
  'order.out_for_delivery': ofOrder('order.out_for_delivery', 4, { status: 'OUT_FOR_DELIVERY', shipping }),
  'order.delivered': ofOrder('order.delivered', 5, { status: 'DELIVERED', shipping }),
  'order.delivery_failed': ofOrder('order.delivery_failed', 5, { status: 'DELIVERY_FAILED', shipping }),
  'order.returned': ofOrder('order.returned', 6, { status: 'RETURNED', shipping }),
  'order.cancellation_requested': ofOrder('order.cancellation_requested', 2, { cancellation: 'requested' }),
  'order.cancellation_refused': ofOrder('order.cancellation_refused', 4, {
    status: 'SHIPPED',
    cancellation: 'refused',
    shipping,
  }),
  'order.cancelled': ofOrder('order.cancelled', 3, { status: 'CANCELLED', cancellation: 'confirmed' }),
};

const PRODUCT_EXAMPLES: { [Type in ProductEventType]: PublicProductEvent } = {
  'product.created': ofProduct('product.created', 1, {}),
  'product.updated': ofProduct('product.updated', 2, { name: 'Desk lamp with dimmer' }),
  'product.price_changed': ofProduct(
    'product.price_changed',
    3,
    { price: 69.9 },
    { previous_price: EXAMPLE_PRODUCT.price },
  ),
  'product.deleted': ofProduct('product.deleted', 4, { active: false }),
};

const INVENTORY_EXAMPLES: { [Type in InventoryEventType]: PublicInventoryEvent } = {
  'inventory.updated': ofStock(
    'inventory.updated',
    { on_hand: 5, reserved: 0, available: 5, version: 1 },
    { on_hand: 5, reserved: 0, causes: { set: 1 } },
  ),
  'inventory.reserved': ofStock(
    'inventory.reserved',
    { on_hand: 5, reserved: 3, available: 2, version: 2 },
    { on_hand: 0, reserved: 3, causes: { order_placed: 2 } },
  ),
  'inventory.low': ofStock(
    'inventory.low',
    { on_hand: 5, reserved: 3, available: 2, version: 3 },
    { on_hand: 0, reserved: 3, causes: { order_placed: 2 } },
  ),
  'inventory.released': ofStock(
    'inventory.released',
    { on_hand: 5, reserved: 2, available: 3, version: 4 },
    { on_hand: 0, reserved: -1, causes: { order_cancelled: 1 } },
  ),
};

/** An event of each type. */
export const EXAMPLE_PUBLIC_EVENTS: Readonly<Record<PublicEventType, PublicEvent>> = {
  ...ORDER_EXAMPLES,
  ...PRODUCT_EXAMPLES,
  ...INVENTORY_EXAMPLES,
};

/** A page of the event feed: an order, and each type of the events of products and stock. */
export const EXAMPLE_FEED: readonly PublicEvent[] = [
  EXAMPLE_PUBLIC_EVENT,
  ...CATALOGUE_EVENT_TYPES.map((type) => EXAMPLE_PUBLIC_EVENTS[type]),
];

export const EXAMPLE_CATALOGUE_EVENT = INVENTORY_EXAMPLES['inventory.reserved'];
