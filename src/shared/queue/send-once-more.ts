import { randomUUID } from 'node:crypto';
import { type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { publishBatch } from './publish-batch';
import { type ResolveQueueUrl } from './queue-urls';

export interface SendOptions {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
}

/**
 * Sends a received message to a queue, in its group and under a fresh deduplication id. The caller deletes the original, which it still
 * holds.
 *
 * @returns why the queue did not take it; null when it did
 */
export async function sendOnceMore(
  { client, resolveQueueUrl }: SendOptions,
  queue: string,
  message: Message,
  attributes: Readonly<Record<string, string>>,
): Promise<string | null> {
  try {
    const { failed } = await publishBatch(client, await resolveQueueUrl(queue), [
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
