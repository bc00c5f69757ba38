import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE, VISIBILITY_TIMEOUT_SECONDS } from '../contracts/queues';

/** The queues and their settings: the one source for local mode, tests, Docker Compose and the cloud. */

/** The number of receives after which a message goes to the dead letters. */
export const MAX_RECEIVE_COUNT = 5;
export const LONG_POLL_SECONDS = 20;

const DAY_SECONDS = 86_400;
/** How long the live queues keep a message. */
export const RETENTION_SECONDS = 4 * DAY_SECONDS;

export interface QueueDefinition {
  name: string;
  /** SQS attributes as CreateQueue takes them, without the RedrivePolicy, which needs the dead-letter queue's ARN. */
  attributes: Readonly<Record<string, string>>;
  /** Where messages go after {@link MAX_RECEIVE_COUNT} receives; null for the dead-letter queues themselves. */
  deadLetterQueue: string | null;
}

/** All queues; dead-letter queues first, because the others refer to them. */
export function queueTopology(prefix = ''): readonly QueueDefinition[] {
  return [
    { name: `${prefix}orders-dlq.fifo`, attributes: fifo(14 * DAY_SECONDS), deadLetterQueue: null },
    { name: `${prefix}delivery-status-dlq.fifo`, attributes: fifo(14 * DAY_SECONDS), deadLetterQueue: null },
    {
      name: prefix + ORDERS_QUEUE,
      attributes: fifo(RETENTION_SECONDS),
      deadLetterQueue: `${prefix}orders-dlq.fifo`,
    },
    {
      name: prefix + DELIVERY_STATUS_QUEUE,
      attributes: fifo(RETENTION_SECONDS),
      deadLetterQueue: `${prefix}delivery-status-dlq.fifo`,
    },
  ];
}

/** The name of a queue's dead-letter queue; null when it has none. */
export function deadLetterQueueOf(queue: string): string | null {
  return queueTopology().find(({ name }) => name === queue)?.deadLetterQueue ?? null;
}

/** High-throughput FIFO: order and deduplication apply per group, so one order never waits for another. */
function fifo(retentionSeconds: number): Record<string, string> {
  return {
    FifoQueue: 'true',
    ContentBasedDeduplication: 'false',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    VisibilityTimeout: String(VISIBILITY_TIMEOUT_SECONDS),
    ReceiveMessageWaitTimeSeconds: String(LONG_POLL_SECONDS),
    MessageRetentionPeriod: String(retentionSeconds),
  };
}

/** Resolves the URL of a queue by its name. */
export type ResolveQueueUrl = (name: string) => Promise<string>;

/**
 * Asks SQS once per queue (its name after the installation's prefix) and caches the answer. URLs are never built here, because emulators
 * build them differently. A failed look-up is not cached.
 */
export function queueUrls(client: SQSClient, prefix = ''): ResolveQueueUrl {
  const known = new Map<string, Promise<string>>();
  return (name) => {
    const url = known.get(name) ?? lookUp(client, prefix + name);
    known.set(name, url);
    url.catch(() => known.delete(name));
    return url;
  };
}

async function lookUp(client: SQSClient, name: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  if (!QueueUrl) throw new Error(`queue ${name} has no URL`);
  return QueueUrl;
}
