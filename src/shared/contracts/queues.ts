import { z } from 'zod';
import { envelope } from './messages';
import { problemType } from './problem';
import { utcTimestamp } from './timestamps';

/** Order Service → Delivery Service. */
export const ORDERS_QUEUE = 'orders-queue.fifo';

/** Delivery Service → Order Service. */
export const DELIVERY_STATUS_QUEUE = 'delivery-status-queue.fifo';

/** For how long a received message is hidden from other consumers, unless the configuration says otherwise. */
export const VISIBILITY_TIMEOUT_SECONDS = 30;

/** The queues that messages are processed from; each has a dead-letter queue. */
export const LIVE_QUEUES: readonly string[] = [ORDERS_QUEUE, DELIVERY_STATUS_QUEUE];

export const QUEUE_NOT_FOUND = problemType('not_found', 'queue_not_found', 'there is no such queue');

const count = z.int().min(0);
const ageSeconds = z.number().min(0).nullable();

/** One of the two live queues, with SQS' own counts, which lag by moments. */
export const queueResource = z
  .object({
    name: z.string(),
    depth: count.describe('messages that wait to be received'),
    in_flight: count.describe('messages that a consumer is processing'),
    delayed: count,
    dead_letters: count.describe('messages in the dead-letter queue'),
    oldest_dead_letter_age_seconds: ageSeconds.describe('null when there is none'),
    oldest_unpublished_age_seconds: ageSeconds.describe(
      'the age of the oldest event that the Order Service has not sent to this queue yet; null when none waits, or when another service sends to this queue',
    ),
  })
  .meta({ id: 'Queue' });
export type QueueResource = z.infer<typeof queueResource>;

/** The members that the queues themselves report. */
export type QueueState = Omit<QueueResource, 'name' | 'oldest_unpublished_age_seconds'>;

/** `GET /queues`. */
export const queueList = z
  .object({ data: z.array(queueResource), next_cursor: z.null() })
  .meta({ id: 'QueueList' });

/** A message that failed at its last receive. */
export const deadLetterResource = z
  .object({
    message_id: z.string().describe('the id of the message in the dead-letter queue'),
    envelope_id: z.string().nullable().describe('null when the body is not an envelope; then use message_id'),
    order_id: z.string().nullable(),
    type: z.string().nullable(),
    reason: z.string().nullable().describe('why it failed; null when SQS itself moved it'),
    failed_at: utcTimestamp.nullable(),
    sent_at: utcTimestamp,
    receives: count.describe('how often it was received'),
    body: z
      .union([envelope.loose(), z.string()])
      .describe('the message; text of at most 256 kB when it is not an envelope or is larger than that'),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterResource = z.infer<typeof deadLetterResource>;

/** `GET /queues/{name}/dead-letters`. */
export const deadLetterList = z
  .object({ data: z.array(deadLetterResource), next_cursor: z.null() })
  .meta({ id: 'DeadLetterList' });

const skipped = count.describe('selected messages that were not found, and messages behind one that stays');

/** `POST /queues/{name}/redrive`. */
export const redriveResult = z
  .object({ redriven: count, failed: count.describe('messages that stay in the dead-letter queue'), skipped })
  .meta({ id: 'RedriveResult' });
export type RedriveResult = z.infer<typeof redriveResult>;

/** `DELETE /queues/{name}/dead-letters`. */
export const dropResult = z
  .object({ dropped: count, failed: count.describe('messages that stay in the dead-letter queue'), skipped })
  .meta({ id: 'DropResult' });
export type DropResult = z.infer<typeof dropResult>;
