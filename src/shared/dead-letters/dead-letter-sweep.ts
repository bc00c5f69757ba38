import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { queueCounts } from '../queue/queue-counts';
import { deadLetterId } from './dead-letter';

/** The dead letters that an operation applies to. */
export interface DeadLetterSelection {
  includes(message: Message): boolean;
  /** The number of chosen ids that no message has had so far. */
  missing(): number;
}

/** Chooses the dead letters with these envelope or message ids; null chooses all. */
export function selectDeadLetters(ids: readonly string[] | null): DeadLetterSelection {
  if (ids === null) return { includes: () => true, missing: () => 0 };
  const missing = new Set(ids);
  const chosen = new Set(ids);
  return {
    includes(message) {
      const found = [deadLetterId(message), message.MessageId ?? ''].filter((id) => chosen.has(id));
      for (const id of found) missing.delete(id);
      return found.length > 0;
    },
    missing: () => missing.size,
  };
}

export interface DeadLetterSweepOptions {
  client: SQSClient;
  queueUrl: string;
  logger: Logger;
  /** How long the messages that this sweep holds stay invisible to others if it dies, in seconds. */
  visibilitySeconds: number;
  /** How long to wait for messages that the queue counts but does not return, in seconds; 0: do not wait. */
  waitSeconds: number;
}

/** One pass over a dead-letter queue. Received messages are held until they are removed or the sweep ends. */
export interface DeadLetterSweep {
  /** The next dead letters that this sweep has not seen; empty when nothing new arrives. Those of one group are in order. */
  next(): Promise<Message[]>;
  /** Deletes messages permanently. @returns the deleted messages */
  remove(messages: readonly Message[]): Promise<Message[]>;
  /** Returns all messages that are still held to the queue at once. */
  end(): Promise<void>;
}

const MAX_ENTRIES = 10;

/**
 * SQS returns at most ten messages of a group at a time (emulators: one), and none while some of that group are held. So a sweep that
 * removes nothing sees the first messages of each group, and one that removes all it receives sees every message.
 */
export function sweepDeadLetters(options: DeadLetterSweepOptions): DeadLetterSweep {
  const { client, queueUrl: QueueUrl, logger } = options;
  const seen = new Set<string>();
  /** By message id; each message has the receipt of its latest receive. */
  const held = new Map<string, Message>();

  async function receive(waitSeconds: number): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: MAX_ENTRIES,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: options.visibilitySeconds,
      MessageSystemAttributeNames: ['MessageGroupId', 'SentTimestamp', 'SequenceNumber'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(command);
    for (const message of Messages) held.set(message.MessageId ?? '', message);
    return Messages;
  }

  /** Repeats an empty receive: a short poll queries only some of SQS' servers, and another sweep may hold a group for a moment. */
  async function receiveWithRetry(): Promise<Message[]> {
    const messages = await receive(0);
    if (messages.length > 0 || options.waitSeconds === 0) return messages;
    const { depth, inFlight } = await queueCounts(client, QueueUrl);
    return depth + inFlight > held.size ? receive(options.waitSeconds) : [];
  }

  return {
    async next() {
      const messages = await receiveWithRetry();
      const fresh = messages.filter(({ MessageId = '' }) => !seen.has(MessageId));
      for (const { MessageId = '' } of fresh) seen.add(MessageId);
      return fresh;
    },
    async remove(messages) {
      if (messages.length === 0) return [];
      const { Successful = [], Failed = [] } = await client.send(
        new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(messages) }),
      );
      for (const { Message: error } of Failed) logger.warn('a dead letter could not be removed', { error });
      const deleted = Successful.flatMap(({ Id }) => messages[Number(Id)] ?? []);
      for (const { MessageId = '' } of deleted) held.delete(MessageId);
      return deleted;
    },
    async end() {
      for (const messages of inTens([...held.values()])) {
        const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
        await client.send(command).catch((error: unknown) => {
          logger.warn('dead letters could not be released; they become visible again later', {
            error: messageOf(error),
          });
        });
      }
    },
  };
}

const entriesOf = (messages: readonly Message[]) =>
  messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

const inTens = (messages: Message[]): Message[][] =>
  Array.from({ length: Math.ceil(messages.length / MAX_ENTRIES) }, (_, n) =>
    messages.slice(n * MAX_ENTRIES, (n + 1) * MAX_ENTRIES),
  );
