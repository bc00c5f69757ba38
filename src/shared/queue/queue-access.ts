import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../contracts/queues';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type BackgroundLoop } from '../runtime/background-loop';
import { type Component } from '../runtime/lifecycle';
import { createDeleteMessages } from './delete-messages';
import { createQueueConsumer } from './queue-consumer';
import { LONG_POLL_SECONDS, queueUrls, type ResolveQueueUrl } from './queue-topology';
import { createLoadPace } from '../runtime/load-pace';
import { createPollPacing } from './poll-pacing';
import { createSqsClient } from './sqs-client';

export interface QueueConfig {
  AWS_REGION: string;
  SQS_ENDPOINT?: string | undefined;
  QUEUE_NAME_PREFIX: string;
  QUEUE_CONSUMER_POLLERS: number;
  QUEUE_VISIBILITY_TIMEOUT_SECONDS: number;
}

/** A queue and the handler of its messages. */
export interface QueueHandler {
  queue: string;
  handle: (body: string) => Promise<void>;
}

/** A service's access to the queues. */
export interface QueueAccess extends Component {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  /** For calls that a request waits for; their time limit fits the time promised for its answer. */
  forRequests: { client: SQSClient; resolveQueueUrl: ResolveQueueUrl };
  /** Creates the configured number of pollers of one queue. */
  consumers(handler: QueueHandler): BackgroundLoop[];
  /** Resolves when the queues answer; receives no message. */
  check(): Promise<void>;
}

/** The minimum time between two receives that are not full, in milliseconds: a longer time fills receives better and delays orders. */
const RECEIVE_PACE = { idleMs: 5, busyMs: 25 };

/**
 * The time limit of an SQS call, in milliseconds. While the relay waits, at most twice that long, it holds its events, and no other relay
 * can send them.
 */
const CALL_MS = 1_500;

/**
 * Creates the SQS clients. Long polls use a separate client, because their connections would delay other calls; it does not retry,
 * because the loop does.
 */
export function createQueueAccess(config: QueueConfig, logger: Logger, metrics?: Metrics): QueueAccess {
  const { AWS_REGION: region, SQS_ENDPOINT: endpoint } = config;
  const clientOf = (requestTimeoutMs: number, attempts = 2): SQSClient =>
    createSqsClient({ region, endpoint, requestTimeoutMs, attempts });
  const client = clientOf(CALL_MS);
  const pollingClient = clientOf((LONG_POLL_SECONDS + 2) * 1_000, 1);
  const requestClient = clientOf(CALL_MS, 1);
  const resolveQueueUrl = queueUrls(client, config.QUEUE_NAME_PREFIX);
  return {
    name: 'queue access',
    client,
    resolveQueueUrl,
    forRequests: {
      client: requestClient,
      resolveQueueUrl: queueUrls(requestClient, config.QUEUE_NAME_PREFIX),
    },
    consumers(handler) {
      const pacing = createPollPacing(config.QUEUE_CONSUMER_POLLERS, createLoadPace(RECEIVE_PACE));
      const options = {
        deleteMessages: createDeleteMessages(client, logger),
        ...{ client, pollingClient, resolveQueueUrl, ...handler, pacing, logger, metrics },
        visibilitySeconds: config.QUEUE_VISIBILITY_TIMEOUT_SECONDS,
      };
      return Array.from({ length: config.QUEUE_CONSUMER_POLLERS }, () => createQueueConsumer(options));
    },
    async check() {
      await Promise.all(
        [ORDERS_QUEUE, DELIVERY_STATUS_QUEUE].map((queue) => probe(client, resolveQueueUrl, queue)),
      );
    },
    start: () => Promise.resolve(),
    stop() {
      for (const sqsClient of [client, pollingClient, requestClient]) sqsClient.destroy();
      return Promise.resolve();
    },
  };
}

async function probe(client: SQSClient, resolveQueueUrl: ResolveQueueUrl, queue: string): Promise<void> {
  const QueueUrl = await resolveQueueUrl(queue);
  await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
}
