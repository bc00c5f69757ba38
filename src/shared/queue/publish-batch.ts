import {
  SendMessageBatchCommand,
  SQSServiceException,
  type BatchResultErrorEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';

export interface OutgoingMessage {
  /** Unique within the call. */
  id: string;
  groupId: string;
  deduplicationId: string;
  body: string;
  /** Text beside the body: name to value, none of them empty. */
  attributes?: Readonly<Record<string, string>>;
}

export interface PublishResult {
  sent: string[];
  failed: { id: string; reason: string }[];
}

/** SendMessageBatch takes at most ten entries and, on queues that were never raised to 1 MiB, 256 KiB together. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

/**
 * Sends messages in as few calls as the limits allow, side by side, and says of each whether the queue took it. A call
 * answers 200 with some entries refused, so every entry is looked at; a call that fails as a whole fails all its entries.
 * Messages of one group must not be given together: calls side by side have no order.
 */
export async function publishBatch(
  client: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
): Promise<PublishResult> {
  const results = await Promise.all(inBatches(messages).map((batch) => send(client, queueUrl, batch)));
  return {
    sent: results.flatMap((result) => result.sent),
    failed: results.flatMap((result) => result.failed),
  };
}

async function send(
  client: SQSClient,
  queueUrl: string,
  batch: readonly OutgoingMessage[],
): Promise<PublishResult> {
  const Entries = batch.map((message, index) => ({
    Id: String(index),
    MessageBody: message.body,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    ...(message.attributes && { MessageAttributes: textAttributes(message.attributes) }),
  }));
  try {
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    const sent = new Set((answer.Successful ?? []).map((entry) => entry.Id));
    const reasons = new Map((answer.Failed ?? []).map((entry) => [entry.Id, reasonOf(entry)]));
    return split(
      batch,
      (index) => sent.has(index),
      (index) => reasons.get(index) ?? 'not in the answer',
    );
  } catch (error) {
    const reason =
      error instanceof SQSServiceException ? `${error.name}: ${error.message}` : messageOf(error);
    return split(
      batch,
      () => false,
      () => reason,
    );
  }
}

const textAttributes = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );

/** The code first: it says what kind of refusal it is, and SQS and its emulators word the text differently. */
function reasonOf({ Code, Message }: BatchResultErrorEntry): string {
  return [Code, Message].filter(Boolean).join(': ');
}

function split(
  batch: readonly OutgoingMessage[],
  wasSent: (index: string) => boolean,
  reasonOf: (index: string) => string,
): PublishResult {
  const result: PublishResult = { sent: [], failed: [] };
  batch.forEach(({ id }, position) => {
    const index = String(position);
    if (wasSent(index)) result.sent.push(id);
    else result.failed.push({ id, reason: reasonOf(index) });
  });
  return result;
}

function inBatches(messages: readonly OutgoingMessage[]): OutgoingMessage[][] {
  const batches: OutgoingMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size =
      Buffer.byteLength(message.body) + Buffer.byteLength(JSON.stringify(message.attributes ?? {}));
    const current = batches.at(-1);
    if (!current || current.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      batches.push([message]);
      bytes = size;
    } else {
      current.push(message);
      bytes += size;
    }
  }
  return batches;
}
