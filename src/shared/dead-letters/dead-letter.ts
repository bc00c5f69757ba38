import { type Message } from '@aws-sdk/client-sqs';
import { type DeadLetterResource } from '../contracts/queues';
import { MAX_RECEIVE_COUNT } from '../queue/queue-topology';
import { envelopeOf } from '../queue/received-message';

const MAX_BODY_BYTES = 256_000;

/** The id by which operators name a dead letter: its envelope id or, without an envelope, its message id. */
export function deadLetterId(message: Message): string {
  return envelopeOf(message)?.id ?? message.MessageId ?? '';
}

/** Converts a received dead letter to its form in the API. */
export function toDeadLetter(message: Message): DeadLetterResource {
  const body = message.Body ?? '';
  const content = envelopeOf(message);
  const isLarge = Buffer.byteLength(body) > MAX_BODY_BYTES;
  return {
    message_id: message.MessageId ?? '',
    envelope_id: content?.id ?? null,
    order_id: content?.order_id ?? message.Attributes?.MessageGroupId ?? null,
    type: content?.type ?? null,
    reason: attribute(message, 'Reason'),
    failed_at: toIsoTime(attribute(message, 'FailedAt')),
    sent_at: toIsoTime(attribute(message, 'SentAt')) ?? arrivedAt(message).toISOString(),
    // Without the attribute, SQS itself moved the message, by its redrive policy.
    receives: Number.parseInt(attribute(message, 'Receives') ?? '', 10) || MAX_RECEIVE_COUNT,
    body: isLarge ? truncated(body) : (content ?? body),
  };
}

/** When the message failed for the last time; if SQS itself moved it, when it arrived in the dead letters. */
export const failedAt = (message: Message): Date =>
  new Date(toIsoTime(attribute(message, 'FailedAt')) ?? arrivedAt(message));

const arrivedAt = (message: Message): Date => new Date(Number(message.Attributes?.SentTimestamp ?? 0));

const attribute = (message: Message, name: string): string | null =>
  message.MessageAttributes?.[name]?.StringValue ?? null;

function toIsoTime(value: string | null): string | null {
  const at = new Date(value ?? NaN);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Truncates a body to {@link MAX_BODY_BYTES}; an incomplete last character is left out. */
const truncated = (body: string): string =>
  Buffer.from(body)
    .subarray(0, MAX_BODY_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '');
