import { queueAt, type Call } from './call';
import { attributesMd5, md5 } from './digests';
import { integerOf, isAskedFor } from './parameters';
import { type QueuedMessage } from './queue-state';
import { sequenceNumber } from './send-actions';
import { SqsError } from './sqs-error';
import { take } from './take';

export interface ReceiveInput {
  QueueUrl?: string;
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  WaitTimeSeconds?: number;
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
  MessageAttributeNames?: string[];
  ReceiveRequestAttemptId?: string;
}

/** A long poll ends with the first message, at the end of its virtual time, or, without a message, when the caller disconnects. */
export async function receiveMessage(call: Call<ReceiveInput>) {
  const { input, signal } = call;
  const { clock, changed } = call.account;
  const queue = queueAt(call);
  if (input.ReceiveRequestAttemptId !== undefined)
    throw new SqsError('UnsupportedOperation', 'ReceiveRequestAttemptId is not simulated.');
  const limit = integerOf(input.MaxNumberOfMessages, 'MaxNumberOfMessages', [1, 10], 1);
  const wait = integerOf(input.WaitTimeSeconds, 'WaitTimeSeconds', [0, 20], queue.settings.waitSeconds);
  const byDefault = queue.settings.visibilitySeconds;
  const visibilitySeconds = integerOf(input.VisibilityTimeout, 'VisibilityTimeout', [0, 43_200], byDefault);
  const deadline = clock.now() + wait * 1_000;
  for (;;) {
    if (signal.aborted) return {};
    const taken = take(queue, { limit, visibilitySeconds }, clock.now());
    if (taken.length > 0) return { Messages: taken.map((message) => toMessage(message, input)) };
    if (clock.now() >= deadline) return {};
    await changed(signal);
  }
}

function toMessage(message: QueuedMessage, input: ReceiveInput) {
  const asked = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const MessageAttributes = only(message.attributes, input.MessageAttributeNames ?? []);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: only(systemAttributes(message), asked),
    MessageAttributes,
    MD5OfMessageAttributes: MessageAttributes && attributesMd5(MessageAttributes),
  };
}

function systemAttributes(message: QueuedMessage): Record<string, string> {
  const { traceHeader, deadLetterSourceArn } = message;
  return {
    SenderId: '000000000000',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: sequenceNumber(message.sequence),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  };
}

/** The requested attributes; undefined if there are none, as in SQS. */
function only<V>(all: Readonly<Record<string, V>>, asked: readonly string[]): Record<string, V> | undefined {
  const entries = Object.entries(all).filter(([name]) => isAskedFor(name, asked));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
