import { randomUUID } from 'node:crypto';
import { type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { publishBatch } from './publish-batch';
import { type ResolveQueueUrl, RETENTION_SECONDS } from './queue-topology';
import { firstSentAt } from './received-message';

/**
 * Sends a message that is not at fault to the end of its group, where its receives are counted anew, so that no outage, however long,
 * fills the dead letters. Consumers tolerate the changed order, because they go by versions. The caller deletes the original.
 *
 * @returns false when the queue did not accept it, or when the message has reached the age at which SQS would have deleted it.
 */
export async function requeueMessage(options: ForwardMessageOptions, message: Message): Promise<boolean> {
  const since = firstSentAt(message);
  if (Date.now() - since.getTime() > RETENTION_SECONDS * 1_000) return false;
  return forwardMessage(options, options.queue, message, { FirstSentAt: since.toISOString() });
}

export interface ForwardMessageOptions {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  /** The queue that the message was received from. */
  queue: string;
  logger: Logger;
}

/**
 * Sends a received message to a queue, in the same group and under a new deduplication id. The caller deletes the original, which it
 * still holds.
 *
 * @returns false when the queue did not accept it; the log gives the reason.
 */
export async function forwardMessage(
  options: ForwardMessageOptions,
  target: string,
  message: Message,
  attributes: Readonly<Record<string, string>>,
): Promise<boolean> {
  const reason = await send(options, target, message, attributes);
  if (reason !== null)
    options.logger.warn('a message could not be forwarded', {
      queue: options.queue,
      target,
      message_id: message.MessageId,
      error: reason,
    });
  return reason === null;
}

async function send(
  { client, resolveQueueUrl }: ForwardMessageOptions,
  target: string,
  message: Message,
  attributes: Readonly<Record<string, string>>,
): Promise<string | null> {
  try {
    const { failed } = await publishBatch(client, await resolveQueueUrl(target), [
      {
        id: message.MessageId ?? '',
        groupId: message.Attributes?.MessageGroupId ?? '',
        deduplicationId: randomUUID(),
        body: message.Body ?? '',
        attributes,
      },
    ]);
    return failed[0]?.reason ?? null;
  } catch (error) {
    return messageOf(error);
  }
}
