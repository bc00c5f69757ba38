import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toSendableBody } from './message-body';
import { MAX_MESSAGE_BYTES, messageBytes, TEXT_TYPE } from './message-size';
import { failureOfCall, failureOfEntry, type SendFailure } from './send-failure';

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
  failed: ({ id: string } & SendFailure)[];
}

/** SendMessageBatch takes at most ten entries. */
export const MAX_ENTRIES = 10;

/**
 * Sends messages in as few calls as the limits allow, side by side, and says of each whether the queue took it. A call
 * answers 200 with some entries refused, so every entry is looked at. A call that is refused as a whole for the fault of a message is
 * repeated message by message; one that fails for another reason fails all its entries.
 * Messages of one group must not be given together: calls side by side have no order.
 *
 * @param perCall most messages of one call
 */
export async function publishBatch(
  client: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
  perCall = MAX_ENTRIES,
): Promise<PublishResult> {
  const sendable = messages.map((message) => ({ ...message, body: toSendableBody(message.body) }));
  return together(inBatches(sendable, perCall).map((batch) => send(client, queueUrl, batch)));
}

async function together(results: readonly Promise<PublishResult>[]): Promise<PublishResult> {
  const settled = await Promise.all(results);
  return {
    sent: settled.flatMap((result) => result.sent),
    failed: settled.flatMap((result) => result.failed),
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
    const failures = new Map((answer.Failed ?? []).map((entry) => [entry.Id, failureOfEntry(entry)]));
    return split(
      batch,
      (index) => sent.has(index),
      (index) => failures.get(index) ?? { kind: 'unavailable', reason: 'not in the answer' },
    );
  } catch (error) {
    const failure = failureOfCall(error);
    if (failure.kind === 'refused' && batch.length > 1)
      return together(batch.map((message) => send(client, queueUrl, [message])));
    return split(
      batch,
      () => false,
      () => failure,
    );
  }
}

const textAttributes = (attributes: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: TEXT_TYPE, StringValue }]),
  );

function split(
  batch: readonly OutgoingMessage[],
  wasSent: (index: string) => boolean,
  failureOf: (index: string) => SendFailure,
): PublishResult {
  const result: PublishResult = { sent: [], failed: [] };
  batch.forEach(({ id }, position) => {
    const index = String(position);
    if (wasSent(index)) result.sent.push(id);
    else result.failed.push({ id, ...failureOf(index) });
  });
  return result;
}

function inBatches(messages: readonly OutgoingMessage[], perCall: number): OutgoingMessage[][] {
  const batches: OutgoingMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = messageBytes(message.body, message.attributes);
    const current = batches.at(-1);
    if (!current || current.length === perCall || bytes + size > MAX_MESSAGE_BYTES) {
      batches.push([message]);
      bytes = size;
    } else {
      current.push(message);
      bytes += size;
    }
  }
  return batches;
}
