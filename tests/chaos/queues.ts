import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { queueTopology, queueUrls } from '../../src/shared/queue/queue-topology';
import { createSqsClient } from '../../src/shared/queue/sqs-client';
import { useLocalCredentials } from '../support/local-credentials';

/** The queues as somebody with access to them sees them. */
export interface QueueView {
  /** Messages in the queues that are read, visible or in flight. */
  depth(): Promise<number>;
  /** Takes all dead letters out and returns them. */
  deadLetters(): Promise<Message[]>;
  /** All queues, dead letters too, lose what they hold, messages in flight as well. */
  wipe(): Promise<void>;
  close(): void;
}

export function viewQueues(endpoint: string): QueueView {
  useLocalCredentials();
  const client = createSqsClient({ region: 'us-east-1', endpoint, requestTimeoutMs: 5_000 });
  const live = queueTopology().filter(({ deadLetterQueue }) => deadLetterQueue !== null);
  const dead = queueTopology().filter(({ deadLetterQueue }) => deadLetterQueue === null);

  const urlOf = queueUrls(client);

  async function depthOf(name: string): Promise<number> {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: await urlOf(name), AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes['ApproximateNumberOfMessages']) +
      Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
    );
  }

  async function takeAll(name: string): Promise<Message[]> {
    const QueueUrl = await urlOf(name);
    const taken: Message[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return taken;
      taken.push(...Messages);
      for (const { ReceiptHandle } of Messages)
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }

  async function purge(name: string): Promise<void> {
    await client.send(new PurgeQueueCommand({ QueueUrl: await urlOf(name) }));
  }

  return {
    wipe: async () => void (await Promise.all(queueTopology().map(({ name }) => purge(name)))),
    depth: async () => (await Promise.all(live.map(({ name }) => depthOf(name)))).reduce((a, b) => a + b, 0),
    deadLetters: async () => (await Promise.all(dead.map(({ name }) => takeAll(name)))).flat(),
    close: () => client.destroy(),
  };
}
