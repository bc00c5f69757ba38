import {
  ReceiveMessageCommand,
  SendMessageCommand,
  DeleteMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { createSqsClient } from '../../src/shared/queue/sqs-client';
import { queueUrls } from '../../src/shared/queue/queue-topology';

/** Direct access of a test to the queues of an environment. */
export interface TestQueues {
  client: SQSClient;
  send(queue: string, groupId: string, body: string): Promise<void>;
  /** Receives and deletes messages until the queue is empty. */
  drain(queue: string): Promise<Message[]>;
}

export function testQueues(environment: Record<string, string>): TestQueues {
  const client = createSqsClient({
    region: 'us-east-1',
    endpoint: environment['SQS_ENDPOINT'],
    requestTimeoutMs: 5_000,
  });
  const urlOf = queueUrls(client, environment['QUEUE_NAME_PREFIX']);
  return {
    client,
    async send(queue, groupId, body) {
      const entry = { MessageBody: body, MessageGroupId: groupId, MessageDeduplicationId: randomUUID() };
      await client.send(new SendMessageCommand({ QueueUrl: await urlOf(queue), ...entry }));
    },
    async drain(queue) {
      const QueueUrl = await urlOf(queue);
      const taken: Message[] = [];
      for (;;) {
        const command = new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 0,
          MessageAttributeNames: ['All'],
        });
        const { Messages = [] } = await client.send(command);
        if (Messages.length === 0) return taken;
        for (const { ReceiptHandle } of Messages)
          await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        taken.push(...Messages);
      }
    },
  };
}
