import { currency } from './currency';
import { type OrderResource } from './order-resource';

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
