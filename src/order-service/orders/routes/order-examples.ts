import { type OrderResource, type TimelineEntry } from '../../../shared/contracts/order-resource';
import { type OrderStepBody, type ShippingChange } from '../../../shared/contracts/operator-steps';
import { type OrderShipment } from '../../../shared/contracts/shipment-resource';
import { currency } from '../../../shared/contracts/currency';

/** The order that the examples of the API tell of. */
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

export const EXAMPLE_TIMELINE_ENTRY: TimelineEntry = {
  event_id: '01a1fc42-fc04-7c3d-8a7b-6f1f0a6f2d10',
  version: 1,
  type: 'ORDER_CREATED',
  actor: 'demo-client',
  occurred_at: '2026-11-21T04:00:10.755Z',
  published_at: '2026-11-21T04:00:10.790Z',
  correlation_id: 'bff04cd8-ee8a-42d7-b8ec-f03b3060ad41',
  payload: { client_id: 'demo-client', customer_id: 'ada', total_amount: 79.9 },
};

export const EXAMPLE_SHIPPING_CHANGE: ShippingChange = {
  carrier: 'simulated',
  tracking_number: 'SIMB5DDBAEE0636',
  estimated_delivery: '2026-11-24T04:00:10.790Z',
};

export const EXAMPLE_ORDER_STEP: OrderStepBody = { status: 'SHIPPED', ...EXAMPLE_SHIPPING_CHANGE };

export const EXAMPLE_SHIPPED_ORDER: OrderResource = {
  ...EXAMPLE_ORDER,
  status: 'SHIPPED',
  version: 2,
  shipping: EXAMPLE_SHIPPING_CHANGE,
  updated_at: '2026-11-21T04:00:12.800Z',
};

export const EXAMPLE_ORDER_SHIPMENT: OrderShipment = {
  shipment_id: '01a1fc42-fc14-7485-aa22-b5ddbaee0636',
  order_id: EXAMPLE_ORDER.order_id,
  status: 'SHIPPED',
  version: 2,
  attempts: 0,
  ...EXAMPLE_SHIPPING_CHANGE,
  stale: false,
  as_of: '2026-11-21T04:00:12.800Z',
};
