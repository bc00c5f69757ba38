import { type Message } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { deadLetterQueueOf } from './queue-topology';
import { firstSentAt, receiveCount } from './received-message';
import { sendOnceMore, type SendOnceMoreOptions } from './requeue';

const LONGEST_REASON = 500;

/**
 * Sends a message that failed for the last time to the dead letters, with what SQS' own redrive would not tell: `Reason`,
 * `SourceQueue`, `FailedAt`, `SentAt` (ISO 8601) and `Receives`. The caller deletes the original, which it still holds.
 *
 * @returns false when the dead-letter queue did not take it: then it is left to SQS' own redrive, and has no reason.
 */
export async function moveToDeadLetters(
  options: SendOnceMoreOptions,
  message: Message,
  error: unknown,
): Promise<boolean> {
  const deadLetterQueue = deadLetterQueueOf(options.queue);
  if (deadLetterQueue === null) return false;
  return sendOnceMore(options, deadLetterQueue, message, {
    Reason: toReason(error),
    SourceQueue: options.queue,
    FailedAt: new Date().toISOString(),
    SentAt: firstSentAt(message).toISOString(),
    Receives: String(receiveCount(message)),
  });
}

/** One line of at most 500 UTF-16 units, of characters that SQS takes in an attribute; never empty. */
export function toReason(error: unknown): string {
  const line = messageOf(error)
    .replace(/[\s\p{Cc}\p{Cs}\uFFFE\uFFFF]+/gu, ' ')
    .trim();
  return line.slice(0, LONGEST_REASON).replace(/\p{Cs}$/u, '') || 'unknown';
}
