import { type Message } from '@aws-sdk/client-sqs';
import { envelope } from '../contracts/messages';

const looseEnvelope = envelope.loose();

/** How often a message was received, including this time. */
export const receiveCount = (message: Message): number =>
  Number(message.Attributes?.ApproximateReceiveCount ?? 1);

/** When the message was first sent to the queue, even if it was requeued since. */
export const firstSentAt = (message: Message): Date => {
  const original = Date.parse(message.MessageAttributes?.['FirstSentAt']?.StringValue ?? '');
  return new Date(
    Number.isNaN(original) ? Number(message.Attributes?.SentTimestamp ?? Date.now()) : original,
  );
};

/**
 * The envelope of a message, or null when its body is not an envelope. Copies of a message have the same envelope id: a consumer that
 * dies while it moves a message leaves two.
 */
export function envelopeOf(message: Pick<Message, 'Body'>): ReturnType<typeof looseEnvelope.parse> | null {
  try {
    return looseEnvelope.safeParse(JSON.parse(message.Body ?? '')).data ?? null;
  } catch {
    return null;
  }
}

/** The log fields of a message: its order and its ids. */
export function logFieldsOf(message: Pick<Message, 'Body' | 'MessageId' | 'Attributes'>): object {
  const content = envelopeOf(message);
  return {
    order_id: content?.order_id ?? message.Attributes?.MessageGroupId,
    ...(content && { correlation_id: content.correlation_id, event_id: content.id, type: content.type }),
    message_id: message.MessageId,
  };
}
