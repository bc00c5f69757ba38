import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';

export interface MessageLeaseOptions {
  client: SQSClient;
  queueUrl: string;
  messages: readonly Message[];
  visibilitySeconds: number;
  logger: Logger;
}

/** The hold on a received batch: kept alive while the work lasts, given up or ended message by message. */
export interface MessageLease {
  /** Deletes messages whose work is done. */
  acknowledge(messages: readonly Message[]): Promise<void>;
  /** Gives messages back; they come again after that many seconds. */
  release(messages: readonly Message[], afterSeconds: number): Promise<void>;
  /** Ends the heartbeat. */
  end(): void;
}

/**
 * Extends the visibility of a batch every third of its timeout, for the messages that are still held. A call that fails means
 * that the lease may be lost and the message come again, which the handlers bear; so it is logged, never thrown.
 */
export function holdLease(options: MessageLeaseOptions): MessageLease {
  const { client, queueUrl, visibilitySeconds, logger } = options;
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
    await reportFailures('change the visibility of', () => client.send(command));
  }

  async function reportFailures(
    what: string,
    call: () => Promise<{ Failed?: { Message?: string | undefined }[] | undefined }>,
  ): Promise<void> {
    try {
      const { Failed = [] } = await call();
      for (const failure of Failed)
        logger.warn(`lost a lease: could not ${what} a message`, { error: failure.Message });
    } catch (error) {
      logger.warn(`could not ${what} messages; they will come again`, { error: messageOf(error) });
    }
  }

  return {
    async acknowledge(messages) {
      for (const message of messages) held.delete(message);
      if (messages.length === 0) return;
      const command = new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entriesOf(messages) });
      await reportFailures('delete', () => client.send(command));
    },
    async release(messages, afterSeconds) {
      for (const message of messages) held.delete(message);
      await changeVisibility(messages, afterSeconds);
    },
    end: () => clearInterval(heartbeat),
  };
}

function entriesOf(messages: readonly Message[]): { Id: string; ReceiptHandle: string }[] {
  return messages.map((message, index) => ({
    Id: String(index),
    ReceiptHandle: message.ReceiptHandle ?? '',
  }));
}
