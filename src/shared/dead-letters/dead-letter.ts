import { type Message } from '@aws-sdk/client-sqs';
import { type DeadLetterResource } from '../contracts/queues';
import { MAX_RECEIVE_COUNT } from '../queue/queue-topology';
import { envelopeOf } from '../queue/received-message';

const LARGEST_BODY_BYTES = 256_000;

/** What an operator calls a dead letter by: its envelope id or, when it has none, its message id. */
export function deadLetterId(message: Message): string {
  return envelopeOf(message)?.id ?? message.MessageId ?? '';
}

/** A received dead letter as the API shows it. */
export function toDeadLetter(message: Message): DeadLetterResource {
  const body = message.Body ?? '';
  const content = envelopeOf(message);
  const isLarge = Buffer.byteLength(body) > LARGEST_BODY_BYTES;
  return {
    message_id: message.MessageId ?? '',
    envelope_id: content?.id ?? null,
    order_id: content?.order_id ?? message.Attributes?.MessageGroupId ?? null,
    type: content?.type ?? null,
    reason: attribute(message, 'Reason'),
    failed_at: time(attribute(message, 'FailedAt')),
    sent_at: time(attribute(message, 'SentAt')) ?? arrivedAt(message).toISOString(),
    // Without the attribute it was SQS that moved it, as its redrive policy says.
    receives: Number.parseInt(attribute(message, 'Receives') ?? '', 10) || MAX_RECEIVE_COUNT,
    body: isLarge ? cut(body) : (content ?? body),
  };
}

/** When it failed for the last time; when SQS put it aside, when it came here. */
export const failedAt = (message: Message): Date =>
  new Date(time(attribute(message, 'FailedAt')) ?? arrivedAt(message));

const arrivedAt = (message: Message): Date => new Date(Number(message.Attributes?.SentTimestamp ?? 0));

const attribute = (message: Message, name: string): string | null =>
  message.MessageAttributes?.[name]?.StringValue ?? null;

function time(value: string | null): string | null {
  const at = new Date(value ?? NaN);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Cut at a byte, so a last character may be gone in the middle: then it is left out. */
const cut = (body: string): string =>
  Buffer.from(body)
    .subarray(0, LARGEST_BODY_BYTES)
    .toString()
    .replace(/\uFFFD+$/, '');
