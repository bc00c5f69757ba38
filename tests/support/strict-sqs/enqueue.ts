import { createHash, randomUUID } from 'node:crypto';
import { type QueuedMessage, type QueueState } from './queue-state';
import { SqsError } from './sqs-error';

export type NewMessage = Pick<QueuedMessage, 'body' | 'groupId' | 'attributes' | 'traceHeader'> & {
  deduplicationId: string | undefined;
};

const DEDUPLICATION_MS = 5 * 60 * 1_000;

/**
 * Adds a message at the end of its group, unless one with its deduplication id was sent within five minutes: then it returns that message,
 * even if it was deleted. A repeat does not renew the five minutes.
 */
export function enqueue(queue: QueueState, message: NewMessage, now: number): QueuedMessage {
  const deduplicationId = message.deduplicationId ?? contentHash(queue, message.body);
  const key = queue.settings.isDeduplicatedPerGroup
    ? JSON.stringify([message.groupId, deduplicationId])
    : deduplicationId;
  const earlier = queue.sent.get(key);
  if (earlier && now < earlier.enqueuedAt + DEDUPLICATION_MS) return earlier;
  const stored = insert(queue, { ...message, deduplicationId, messageId: randomUUID(), sentAt: now }, now);
  queue.sent.set(key, stored);
  return stored;
}

/** Moves a message to the dead letters. It keeps its group, age and receive count; its message id becomes its deduplication id. */
export function bury(queue: QueueState, message: QueuedMessage, now: number): void {
  const { redrive } = queue;
  if (!redrive) return;
  queue.messages = queue.messages.filter((one) => one !== message);
  const { receiveCount, firstReceivedAt } = message;
  const dead = insert(redrive.deadLetters, { ...message, deduplicationId: message.messageId }, now);
  Object.assign(dead, { receiveCount, firstReceivedAt, deadLetterSourceArn: arnOf(queue.name) });
}

/**
 * Simulates a repeated delivery: a copy with the same ids, at its old place or behind all later messages.
 */
export function putBack(
  queue: QueueState,
  message: QueuedMessage,
  place: 'its old place' | 'the end',
  now: number,
): void {
  const copy = insert(queue, message, now);
  if (place === 'its old place') copy.sequence = message.sequence;
  queue.messages.sort((one, other) => one.sequence - other.sequence);
}

type Inserted = NewMessage & Pick<QueuedMessage, 'deduplicationId' | 'messageId' | 'sentAt'>;

function insert(queue: QueueState, message: Inserted, now: number): QueuedMessage {
  const { body, groupId, deduplicationId, messageId, attributes, traceHeader, sentAt } = message;
  const stored: QueuedMessage = {
    ...{ body, groupId, deduplicationId, messageId, attributes, traceHeader, sentAt },
    sequence: (queue.lastSequence += 1),
    enqueuedAt: now,
    receiveCount: 0,
    firstReceivedAt: 0,
    lastReceivedAt: 0,
    receipt: '',
    hiddenUntil: 0,
  };
  queue.messages.push(stored);
  return stored;
}

function contentHash(queue: QueueState, body: string): string {
  if (queue.settings.isDeduplicatedByContent) return createHash('sha256').update(body).digest('hex');
  throw new SqsError(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

export const arnOf = (queueName: string): string => `arn:aws:sqs:us-east-1:000000000000:${queueName}`;
