import { inBatch, type BatchEntry } from './batch';
import { queueAt, type Account, type Call } from './call';
import { attributesMd5, md5 } from './digests';
import { enqueue } from './enqueue';
import { idOf, required } from './parameters';
import { type MessageAttribute, type QueueState } from './queue-state';
import { SqsError } from './sqs-error';

export interface SendInput {
  QueueUrl?: string;
  MessageBody?: string;
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
  DelaySeconds?: number;
  MessageAttributes?: Record<string, MessageAttribute>;
  MessageSystemAttributes?: Record<string, MessageAttribute>;
}

/** The limit for all entries of a batch together. SQS now allows 1 MiB; existing queues keep this limit. */
const MAX_BATCH_BYTES = 256 * 1024;

/** The characters of XML 1.0, which SQS accepts; and those of them up to U+FFFF. */
const ALLOWED_SUPPLEMENTARY_TOO = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
const ALLOWED_BASIC = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}]*$/u;

export function sendMessage(call: Call<SendInput>) {
  return send(call.account, queueAt(call), call.input);
}

export function sendMessageBatch(call: Call<{ QueueUrl?: string; Entries?: (SendInput & BatchEntry)[] }>) {
  const queue = queueAt(call);
  const bytes = (call.input.Entries ?? []).reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes > MAX_BATCH_BYTES)
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  return inBatch(call.input.Entries, call.refusal, (entry) => send(call.account, queue, entry));
}

function send({ clock, takesSupplementary }: Account, queue: QueueState, input: SendInput) {
  const body = checkedBody(queue, input, takesSupplementary ? ALLOWED_SUPPLEMENTARY_TOO : ALLOWED_BASIC);
  if (input.DelaySeconds)
    throw new SqsError(
      'InvalidParameterValue',
      `Value ${input.DelaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  const groupId = idOf(required(input.MessageGroupId, 'MessageGroupId'), 'MessageGroupId');
  const deduplicationId =
    input.MessageDeduplicationId && idOf(input.MessageDeduplicationId, 'MessageDeduplicationId');
  const attributes = checkedAttributes(input.MessageAttributes);
  const traceHeader = input.MessageSystemAttributes?.['AWSTraceHeader']?.StringValue;
  const stored = enqueue(queue, { body, groupId, deduplicationId, attributes, traceHeader }, clock.now());
  return {
    MessageId: stored.messageId,
    SequenceNumber: sequenceNumber(stored.sequence),
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: attributesMd5(attributes),
  };
}

export const sequenceNumber = (sequence: number): string => String(sequence).padStart(20, '0');

function checkedBody(queue: QueueState, input: SendInput, allowed: RegExp): string {
  const body = required(input.MessageBody, 'MessageBody');
  if (bytesOf(input) > queue.settings.maximumBytes)
    throw new SqsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maximumBytes} bytes.`,
    );
  if (!allowed.test(body))
    throw new SqsError('InvalidMessageContents', 'Invalid characters were found in the message body.');
  return body;
}

function checkedAttributes(attributes: Record<string, MessageAttribute> = {}) {
  const entries = Object.entries(attributes);
  if (entries.length > 10)
    throw new SqsError(
      'InvalidParameterValue',
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`,
    );
  for (const [name, { DataType, StringValue, BinaryValue }] of entries) {
    const isBinary = /^Binary(\.|$)/.test(DataType);
    if (!isBinary && !/^(String|Number)(\.|$)/.test(DataType))
      throw new SqsError(
        'InvalidParameterValue',
        `The type of message attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
      );
    if (!(isBinary ? BinaryValue : StringValue))
      throw new SqsError(
        'InvalidParameterValue',
        `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${DataType}'.`,
      );
  }
  return attributes;
}

/** Names, types and values of the attributes count like the body. */
function bytesOf({ MessageBody = '', MessageAttributes = {} }: SendInput): number {
  const parts = Object.entries(MessageAttributes).flatMap(
    ([name, { DataType, StringValue = '', BinaryValue = '' }]) => [
      Buffer.byteLength(name + DataType + StringValue),
      Buffer.byteLength(BinaryValue, 'base64'),
    ],
  );
  return parts.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(MessageBody));
}
