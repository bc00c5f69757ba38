import { type Message } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { deadLetterQueueOf } from './queue-topology';
import { firstSentAt, receiveCount } from './received-message';
import { forwardMessage, type ForwardMessageOptions } from './requeue';

const MAX_REASON_LENGTH = 500;

/**
 * Sends a message that failed at its last receive to the dead letters, with attributes that SQS' own redrive does not set: `Reason`,
 * `SourceQueue`, `FailedAt`, `SentAt` (ISO 8601) and `Receives`. The caller deletes the original, which it still holds.
 *
 * @returns false when the dead-letter queue did not accept the message: SQS' own redrive then moves it, without a reason.
 */
export async function moveToDeadLetters(
  options: ForwardMessageOptions,
  message: Message,
  error: unknown,
): Promise<boolean> {
  const deadLetterQueue = deadLetterQueueOf(options.queue);
  if (deadLetterQueue === null) return false;
  return forwardMessage(options, deadLetterQueue, message, {
    Reason: toReason(error),
    SourceQueue: options.queue,
    FailedAt: new Date().toISOString(),
    SentAt: firstSentAt(message).toISOString(),
    Receives: String(receiveCount(message)),
  });
}

/** The error as one line of at most 500 UTF-16 units, in characters that SQS accepts in an attribute; never empty. */
export function toReason(error: unknown): string {
  const line = messageOf(error)
    .replace(/[\s\p{Cc}\p{Cs}\uFFFE\uFFFF]+/gu, ' ')
    .trim();
  return line.slice(0, MAX_REASON_LENGTH).replace(/\p{Cs}$/u, '') || 'unknown';
}
