import { z } from 'zod';
import { version } from '../../../shared/contracts/integers';
import { ORDER_EVENT_TYPES } from '../../../shared/contracts/public-event';
import { EXAMPLE_PUBLIC_EVENT } from '../../../shared/contracts/public-event-examples';
import { uuid } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { DELIVERY_STATUSES, type RecordedAttempt, type RecordedDelivery } from '../domain/delivery';
import { NOTICE_TYPES, WEBHOOK_EVENT_TYPES } from '../domain/notice';
import { type DeliveryWithAttempts } from '../use-cases/list-deliveries';

const attempt = z
  .object({
    attempt: z
      .int()
      .min(1)
      .describe('counts the attempts of the delivery; a number is missing when the attempt was interrupted'),
    attempted_at: utcTimestamp,
    succeeded: z.boolean(),
    http_status: z.int().nullable().describe('null: there was no response'),
    latency_ms: z
      .int()
      .min(0)
      .describe('until the headers of the response had arrived, or the attempt had failed'),
    error: z.string().nullable().describe('why there was no response'),
    response_excerpt: z.string().nullable().describe('the first 1 kB of the response'),
  })
  .meta({ id: 'WebhookAttempt' });

/** The delivery of an event to an endpoint, as the API shows it. */
export const deliveryResource = z
  .object({
    event_id: uuid,
    type: z.enum(WEBHOOK_EVENT_TYPES),
    order_id: uuid.nullable().describe('null: the event is not about an order'),
    version: version
      .nullable()
      .describe('of the order, the product or its stock; null: the event is about an endpoint'),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int().min(0).describe('the number of attempts that have ended'),
    next_attempt_at: utcTimestamp
      .nullable()
      .describe('null: the delivery has ended, is being sent, or waits for an earlier event of its subject'),
    last_attempt: attempt.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export const deliveryWithAttempts = deliveryResource
  .extend({ history: z.array(attempt).readonly().describe('the last 100 attempts, newest first') })
  .meta({ id: 'WebhookDeliveryWithAttempts' });

export const deliveryList = z
  .object({ data: z.array(deliveryResource), next_cursor: z.string().nullable() })
  .meta({ id: 'WebhookDeliveryList' });

const NOTICES: ReadonlySet<string> = new Set(NOTICE_TYPES);
const OF_ORDERS: ReadonlySet<string> = new Set(ORDER_EVENT_TYPES);

export function toDeliveryResource(delivery: RecordedDelivery): z.infer<typeof deliveryResource> {
  return {
    event_id: delivery.eventId,
    type: delivery.type as z.infer<typeof deliveryResource>['type'],
    order_id: OF_ORDERS.has(delivery.type) ? delivery.subjectId : null,
    version: NOTICES.has(delivery.type) ? null : delivery.version,
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    last_attempt: delivery.lastAttempt && toAttemptResource(delivery.lastAttempt),
  };
}

export const withHistory = (delivery: DeliveryWithAttempts): z.infer<typeof deliveryWithAttempts> => ({
  ...toDeliveryResource(delivery),
  history: delivery.history.map(toAttemptResource),
});

const toAttemptResource = (recorded: RecordedAttempt): z.infer<typeof attempt> => ({
  attempt: recorded.attempt,
  attempted_at: recorded.attemptedAt.toISOString(),
  succeeded: recorded.hasSucceeded,
  http_status: recorded.httpStatus,
  latency_ms: recorded.latencyMs,
  error: recorded.error,
  response_excerpt: recorded.excerpt,
});

const EXAMPLE_ATTEMPT: z.infer<typeof attempt> = {
  attempt: 1,
  attempted_at: '2026-11-21T04:00:10.811Z',
  succeeded: true,
  http_status: 200,
  latency_ms: 42,
  error: null,
  response_excerpt: 'ok',
};

export const EXAMPLE_DELIVERY: z.infer<typeof deliveryResource> = {
  event_id: EXAMPLE_PUBLIC_EVENT.id,
  type: EXAMPLE_PUBLIC_EVENT.type,
  order_id: EXAMPLE_PUBLIC_EVENT.order_id,
  version: EXAMPLE_PUBLIC_EVENT.version,
  status: 'succeeded',
  attempts: 1,
  next_attempt_at: null,
  last_attempt: EXAMPLE_ATTEMPT,
};

export const EXAMPLE_PENDING_DELIVERY: z.infer<typeof deliveryResource> = {
  ...EXAMPLE_DELIVERY,
  status: 'pending',
  next_attempt_at: '2026-11-21T04:20:00.000Z',
};

export const EXAMPLE_DELIVERY_WITH_ATTEMPTS = { ...EXAMPLE_DELIVERY, history: [EXAMPLE_ATTEMPT] };
