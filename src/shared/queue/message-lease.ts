import { ChangeMessageVisibilityBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { type Logger } from '../observability/logger';
import { type DeleteMessages } from './delete-messages';
import { entriesOf, reportFailures } from './report-failures';

export interface MessageLeaseOptions {
  client: SQSClient;
  deleteMessages: DeleteMessages;
  queueUrl: string;
  messages: readonly Message[];
  visibilitySeconds: number;
  logger: Logger;
}

/** The lease of a received batch: it is extended while the work lasts, and ends separately for each message. */
export interface MessageLease {
  /** Deletes messages whose work is done. */
  acknowledge(messages: readonly Message[]): Promise<void>;
  /** Returns messages to the queue, which delivers them again after that many seconds. */
  release(messages: readonly Message[], afterSeconds: number): Promise<void>;
  /** Ends the heartbeat. */
  end(): void;
}

/**
 * Extends the visibility of the messages that are still held, every third of the visibility timeout. A failed call means that the lease
 * may be lost and a message delivered again, which the handlers tolerate; it is logged, never thrown.
 */
export function holdLease(options: MessageLeaseOptions): MessageLease {
  const { client, deleteMessages, queueUrl, visibilitySeconds, logger } = options;
  const held = new Set(options.messages);
  const heartbeat = setInterval(
    () => {
      void changeVisibility([...held], visibilitySeconds);
    },
    (visibilitySeconds * 1_000) / 3,
  );

  async function changeVisibility(messages: readonly Message[], seconds: number): Promise<void> {
    if (messages.length === 0) return;
    const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: seconds }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
    await reportFailures(logger, 'change the visibility of', () => client.send(command));
  }

  return {
    async acknowledge(messages) {
      for (const message of messages) held.delete(message);
      if (messages.length > 0) await deleteMessages(queueUrl, messages);
    },
    async release(messages, afterSeconds) {
      for (const message of messages) held.delete(message);
      await changeVisibility(messages, afterSeconds);
    },
    end: () => clearInterval(heartbeat),
  };
}
