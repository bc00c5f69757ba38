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
    in_flight: count.describe('messages that a consumer is working on'),
    delayed: count,
    dead_letters: count.describe('messages that failed for the last time'),
    oldest_dead_letter_age_seconds: ageSeconds.describe('null when there is none'),
    oldest_unpublished_age_seconds: ageSeconds.describe(
      'how old the oldest event is that the Order Service has yet to send here; null when none waits, or another service sends here',
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
    message_id: z.string().describe('of the dead-letter queue'),
    envelope_id: z.string().nullable().describe('null when the body is no envelope; then use message_id'),
    order_id: z.string().nullable(),
    type: z.string().nullable(),
    reason: z.string().nullable().describe('why it failed; null when SQS itself put it aside'),
    failed_at: utcTimestamp.nullable(),
    sent_at: utcTimestamp,
    receives: count.describe('how often it was tried'),
    body: z
      .union([envelope.loose(), z.string()])
      .describe('the message; text of at most 256 kB when it is no envelope, or larger than that'),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterResource = z.infer<typeof deadLetterResource>;

/** `GET /queues/{name}/dead-letters`. */
export const deadLetterList = z
  .object({ data: z.array(deadLetterResource), next_cursor: z.null() })
  .meta({ id: 'DeadLetterList' });

const skipped = count.describe('chosen ones that are not there, and ones behind another that stays');

/** `POST /queues/{name}/redrive`. */
export const redriveResult = z
  .object({ redriven: count, failed: count.describe('stay where they are'), skipped })
  .meta({ id: 'RedriveResult' });
export type RedriveResult = z.infer<typeof redriveResult>;

/** `DELETE /queues/{name}/dead-letters`. */
export const dropResult = z
  .object({ dropped: count, failed: count.describe('stay where they are'), skipped })
  .meta({ id: 'DropResult' });
export type DropResult = z.infer<typeof dropResult>;
