import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../contracts/queue-names';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type BackgroundLoop } from '../runtime/background-loop';
import { type Component } from '../runtime/lifecycle';
import { createQueueConsumer } from './queue-consumer';
import { LONG_POLL_SECONDS } from './queue-topology';
import { queueUrls, type ResolveQueueUrl } from './queue-urls';
import { createReceiveTurns } from './receive-turns';
import { createSqsClient } from './sqs-client';

export interface QueueConfig {
  AWS_REGION: string;
  SQS_ENDPOINT?: string | undefined;
  QUEUE_NAME_PREFIX: string;
  QUEUE_CONSUMER_POLLERS: number;
}

/** A queue and what to do with its messages. */
export interface QueueHandler {
  queue: string;
  handle: (body: string) => Promise<void>;
}

/** A service's way to the queues. */
export interface QueueAccess extends Component {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  /** The configured number of pollers of one queue. */
  consumers(handler: QueueHandler): BackgroundLoop[];
  /** Resolves when the queues answer; takes no message. */
  check(): Promise<void>;
}

/** The least time between two receives while they do not come back full: longer makes fuller receives and slower orders. */
const RECEIVE_PACE_MS = 25;

/** Two clients: one whose calls end soon, and one for long polls, whose connections would hold up the others. */
export function createQueueAccess(config: QueueConfig, logger: Logger, metrics?: Metrics): QueueAccess {
  const { AWS_REGION: region, SQS_ENDPOINT: endpoint } = config;
  const client = createSqsClient({ region, endpoint, requestTimeoutMs: 3_000 });
  const pollingClient = createSqsClient({
    region,
    endpoint,
    requestTimeoutMs: (LONG_POLL_SECONDS + 5) * 1_000,
  });
  const resolveQueueUrl = queueUrls(client, config.QUEUE_NAME_PREFIX);
  return {
    name: 'queue access',
    client,
    resolveQueueUrl,
    consumers(handler) {
      const turns = createReceiveTurns(config.QUEUE_CONSUMER_POLLERS, RECEIVE_PACE_MS);
      const options = { client, pollingClient, resolveQueueUrl, ...handler, turns, logger, metrics };
      return Array.from({ length: config.QUEUE_CONSUMER_POLLERS }, () => createQueueConsumer(options));
    },
    async check() {
      await Promise.all(
        [ORDERS_QUEUE, DELIVERY_STATUS_QUEUE].map((queue) => probe(client, resolveQueueUrl, queue)),
      );
    },
    start: () => Promise.resolve(),
    stop() {
      client.destroy();
      pollingClient.destroy();
      return Promise.resolve();
    },
  };
}

async function probe(client: SQSClient, resolveQueueUrl: ResolveQueueUrl, queue: string): Promise<void> {
  const QueueUrl = await resolveQueueUrl(queue);
  await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
}
