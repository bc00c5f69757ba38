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

/** Which dead letters something is to be done with. */
export interface DeadLetterChoice {
  includes(message: Message): boolean;
  /** How many ids were chosen that no message has had so far. */
  missing(): number;
}

/** Those with these ids, be it the envelope's or the message's; null: all. */
export function chooseDeadLetters(ids: readonly string[] | null): DeadLetterChoice {
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
  /** For how long others do not see what this sweep holds, should it die. */
  visibilitySeconds: number;
  /** How long to wait for what the queue counts but does not give; 0: what comes at once is enough. */
  patienceSeconds: number;
}

/** One way through a dead-letter queue. What it has received is held until it is removed or the sweep ends. */
export interface DeadLetterSweep {
  /** The next dead letters that this sweep has not seen; none when nothing new comes. Those of one group are in order. */
  next(): Promise<Message[]>;
  /** Deletes messages for good. @returns those that are gone */
  remove(messages: readonly Message[]): Promise<Message[]>;
  /** Gives everything that is still held back at once. */
  end(): Promise<void>;
}

const MOST_PER_CALL = 10;

/**
 * SQS gives at most ten messages of a group together (emulators: one), and none while some of that group are held. So a sweep that
 * removes nothing sees the first ones of each group, and one that removes what it gets sees all.
 */
export function sweepDeadLetters(options: DeadLetterSweepOptions): DeadLetterSweep {
  const { client, queueUrl: QueueUrl, logger } = options;
  const seen = new Set<string>();
  /** By message id, with the receipt of its latest receive. */
  const held = new Map<string, Message>();

  async function receive(waitSeconds: number): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: MOST_PER_CALL,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: options.visibilitySeconds,
      MessageSystemAttributeNames: ['MessageGroupId', 'SentTimestamp', 'SequenceNumber'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(command);
    for (const message of Messages) held.set(message.MessageId ?? '', message);
    return Messages;
  }

  /** A short poll asks some of SQS' servers only, and another sweep may hold a group for a moment. */
  async function receivePatiently(): Promise<Message[]> {
    const messages = await receive(0);
    if (messages.length > 0 || options.patienceSeconds === 0) return messages;
    const { depth, inFlight } = await queueCounts(client, QueueUrl);
    return depth + inFlight > held.size ? receive(options.patienceSeconds) : [];
  }

  return {
    async next() {
      const messages = await receivePatiently();
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
      const gone = Successful.flatMap(({ Id }) => messages[Number(Id)] ?? []);
      for (const { MessageId = '' } of gone) held.delete(MessageId);
      return gone;
    },
    async end() {
      for (const messages of inTens([...held.values()])) {
        const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
        await client.send(command).catch((error: unknown) => {
          logger.warn('dead letters could not be given back; they show again later', {
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
  Array.from({ length: Math.ceil(messages.length / MOST_PER_CALL) }, (_, n) =>
    messages.slice(n * MOST_PER_CALL, (n + 1) * MOST_PER_CALL),
  );
