import { type Message } from '@aws-sdk/client-sqs';

/** How often a message was received, this time included. */
export const receiveCount = (message: Message): number =>
  Number(message.Attributes?.ApproximateReceiveCount ?? 1);

/** When the message was first sent to the queue, however often it was put back in line since. */
export const firstSentAt = (message: Message): Date => {
  const original = Date.parse(message.MessageAttributes?.['FirstSentAt']?.StringValue ?? '');
  return new Date(
    Number.isNaN(original) ? Number(message.Attributes?.SentTimestamp ?? Date.now()) : original,
  );
};
