import { EXAMPLE_ORDER, type OrderResource } from '../../../shared/contracts/order-resource';
import {
  type OrderShipment,
  type OrderStepBody,
  type ShippingChange,
} from '../../../shared/contracts/shipment-resource';

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
