import { ORDERS_QUEUE } from '../../../shared/contracts/queue-names';
import { type DeadLetterResource, type QueueResource } from '../../../shared/contracts/queue-resource';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';
export const EXAMPLE_ENVELOPE_ID = '0190a0a0-0000-7000-8000-000000000002';

export const EXAMPLE_QUEUE: QueueResource = {
  name: ORDERS_QUEUE,
  depth: 3,
  in_flight: 1,
  delayed: 0,
  dead_letters: 1,
  oldest_dead_letter_age_seconds: 81.4,
  oldest_unpublished_age_seconds: null,
};

export const EXAMPLE_DEAD_LETTER: DeadLetterResource = {
  message_id: 'f2b1f6f5-3c56-4b8e-9a65-0d1f6f0f5a11',
  envelope_id: EXAMPLE_ENVELOPE_ID,
  order_id: ORDER_ID,
  type: 'ORDER_CREATED',
  reason: 'the database is not available at the moment',
  failed_at: '2026-11-21T04:01:31.502Z',
  sent_at: '2026-11-21T04:00:10.755Z',
  receives: 5,
  body: {
    id: EXAMPLE_ENVELOPE_ID,
    type: 'ORDER_CREATED',
    schema_version: 1,
    order_id: ORDER_ID,
    version: 1,
    occurred_at: '2026-11-21T04:00:10.701Z',
    correlation_id: '5b1f3c1e-6a55-4a3e-9f0c-1f3f6f0f5a11',
    traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
    payload: { customer_id: 'customer-1' },
  },
};
