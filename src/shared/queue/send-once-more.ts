import { randomUUID } from 'node:crypto';
import { type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { publishBatch } from './publish-batch';
import { type ResolveQueueUrl } from './queue-urls';

export interface SendOnceMoreOptions {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  /** Where the message comes from. */
  queue: string;
  logger: Logger;
}

/**
 * Sends a received message to a queue, in its group and under a fresh deduplication id. The caller deletes the original, which it still
 * holds.
 *
 * @returns false when the queue did not take it; the log says why.
 */
export async function sendOnceMore(
  options: SendOnceMoreOptions,
  target: string,
  message: Message,
  attributes: Readonly<Record<string, string>>,
): Promise<boolean> {
  const reason = await send(options, target, message, attributes);
  if (reason !== null)
    options.logger.warn('a message could not be sent on', {
      queue: options.queue,
      target,
      message_id: message.MessageId,
      error: reason,
    });
  return reason === null;
}

async function send(
  { client, resolveQueueUrl }: SendOnceMoreOptions,
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
