import { randomUUID } from 'node:crypto';
import { type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { publishBatch, type PublishResult } from './publish-batch';
import { deadLetterQueueOf } from './queue-topology';
import { type ResolveQueueUrl } from './queue-urls';

export interface MoveOptions {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  /** Where the message comes from. */
  queue: string;
  logger: Logger;
}

const LONGEST_REASON = 500;

/**
 * Sends a message that failed for the last time to the dead letters, with what SQS' own redrive would not tell: `Reason`,
 * `SourceQueue`, `FailedAt`, `SentAt` (ISO 8601) and `Receives`. The caller deletes the original, which it still holds.
 *
 * @returns false when the dead-letter queue did not take it: then it is left to SQS' own redrive, and has no reason.
 */
export async function moveToDeadLetters(
  options: MoveOptions,
  message: Message,
  error: unknown,
): Promise<boolean> {
  const deadLetterQueue = deadLetterQueueOf(options.queue);
  if (deadLetterQueue === null) return false;
  const { failed } = await send(options, deadLetterQueue, message, error);
  const [failure] = failed;
  if (failure)
    options.logger.warn('a message could not be moved to the dead letters; SQS moves it without its reason', {
      queue: options.queue,
      message_id: message.MessageId,
      error: failure.reason,
    });
  return !failure;
}

async function send(
  { client, resolveQueueUrl, queue }: MoveOptions,
  deadLetterQueue: string,
  message: Message,
  error: unknown,
): Promise<PublishResult> {
  const id = message.MessageId ?? '';
  try {
    return await publishBatch(client, await resolveQueueUrl(deadLetterQueue), [
      {
        id,
        groupId: message.Attributes?.MessageGroupId ?? '',
        deduplicationId: randomUUID(),
        body: message.Body ?? '',
        attributes: {
          Reason: toReason(error),
          SourceQueue: queue,
          FailedAt: new Date().toISOString(),
          SentAt: new Date(Number(message.Attributes?.SentTimestamp ?? Date.now())).toISOString(),
          Receives: String(receiveCount(message)),
        },
      },
    ]);
  } catch (cause) {
    return { sent: [], failed: [{ id, reason: messageOf(cause) }] };
  }
}

/** How often a message was received, this time included. */
export const receiveCount = (message: Message): number =>
  Number(message.Attributes?.ApproximateReceiveCount ?? 1);

/** One line of at most 500 UTF-16 units, of characters that SQS takes in an attribute; never empty. */
export function toReason(error: unknown): string {
  const line = messageOf(error)
    .replace(/[\s\p{Cc}\p{Cs}\uFFFE\uFFFF]+/gu, ' ')
    .trim();
  return line.slice(0, LONGEST_REASON).replace(/\p{Cs}$/u, '') || 'unknown';
}
