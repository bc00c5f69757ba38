import { type Message } from '@aws-sdk/client-sqs';
import { envelope } from '../contracts/messages';

const wholeEnvelope = envelope.loose();

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

/**
 * What the envelope says of a message, or null when its body is none. Copies of one message have the same envelope id: a consumer
 * that dies while it moves a message leaves two.
 */
export function envelopeOf(message: Pick<Message, 'Body'>): ReturnType<typeof wholeEnvelope.parse> | null {
  try {
    return wholeEnvelope.safeParse(JSON.parse(message.Body ?? '')).data ?? null;
  } catch {
    return null;
  }
}

/** What log lines about a message say of it: its order, and the ids to follow it by. */
export function logFieldsOf(message: Pick<Message, 'Body' | 'MessageId' | 'Attributes'>): object {
  const content = envelopeOf(message);
  return {
    order_id: content?.order_id ?? message.Attributes?.MessageGroupId,
    ...(content && { correlation_id: content.correlation_id, event_id: content.id, type: content.type }),
    message_id: message.MessageId,
  };
}
