import { randomUUID } from 'node:crypto';
import { type Envelope } from '../../src/shared/contracts/messages';

/** An envelope with a payload; pass only the members that matter. */
export function envelope(overrides: Partial<Envelope> & Pick<Envelope, 'type' | 'order_id'>): Envelope {
  return {
    id: randomUUID(),
    schema_version: 1,
    version: 1,
    occurred_at: '2026-01-02T03:04:05.000Z',
    correlation_id: 'test',
    traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
    payload: {},
    ...overrides,
  };
}

/** The payload of ORDER_CREATED and ORDER_CANCEL_REQUESTED. */
export const orderSnapshot = {
  client_id: 'demo-client',
  customer_id: 'customer',
  items: [{ product_id: 'p', quantity: 1, unit_price: 1 }],
  currency: 'USD',
  total_amount: 1,
};

/** The payload of SHIPMENT_STATUS_CHANGED. */
export function statusPayload(status: string, shipmentId: string) {
  return {
    shipment_id: shipmentId,
    status,
    previous_status: null,
    carrier: null,
    tracking_number: null,
    estimated_delivery: null,
    attempts: 0,
  };
}
