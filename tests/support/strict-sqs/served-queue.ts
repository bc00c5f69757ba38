import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type ReceiveMessageCommandInput,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { ensureQueues } from '../../../src/shared/queue/create-queues';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { createSqsClient } from '../../../src/shared/queue/sqs-client';
import { startStrictSqs, type StrictSqsServer } from './server';

/** A simulated SQS with the queues of the topology, and SDK calls on the orders queue. */
export interface ServedQueue {
  sqs: StrictSqsServer;
  client: SQSClient;
  url: string;
  /** The body is also the deduplication id. */
  send(group: string, body: string, more?: Partial<SendMessageCommandInput>): Promise<SendOutput>;
  /** Receives up to ten messages without waiting. */
  receive(more?: Partial<ReceiveMessageCommandInput>): Promise<Message[]>;
  remove(message: Message): Promise<unknown>;
  hide(message: Message, seconds: number): Promise<unknown>;
  stop(): Promise<void>;
}

type SendOutput = Awaited<ReturnType<typeof sendTo>>;

export async function serveQueue(): Promise<ServedQueue> {
  const sqs = await startStrictSqs();
  const client = createSqsClient({ region: 'us-east-1', endpoint: sqs.endpoint, requestTimeoutMs: 5_000 });
  await ensureQueues(client);
  const QueueUrl = await queueUrls(client)(ORDERS_QUEUE);
  return {
    sqs,
    client,
    url: QueueUrl,
    send: (MessageGroupId, body, more) =>
      sendTo(client, { QueueUrl, MessageBody: body, MessageGroupId, MessageDeduplicationId: body, ...more }),
    async receive(more) {
      const input = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0, ...more };
      return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
    },
    remove: ({ ReceiptHandle }) => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    hide: ({ ReceiptHandle }, VisibilityTimeout) =>
      client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })),
    stop() {
      client.destroy();
      return sqs.stop();
    },
  };
}

const sendTo = (client: SQSClient, message: SendMessageCommandInput) =>
  client.send(new SendMessageCommand(message));

/** The error of a refused call. */
export async function errorOf(call: Promise<unknown>): Promise<Error> {
  const answer = await call.catch((error: Error) => error);
  if (answer instanceof Error) return answer;
  throw new Error('the call was not refused');
}

export const bodiesOf = (messages: readonly Message[]) => messages.map(({ Body }) => Body);
