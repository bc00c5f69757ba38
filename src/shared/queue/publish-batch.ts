import { type BatchResultErrorEntry, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { MAX_MESSAGE_BYTES, messageBytes, TEXT_TYPE, toSendableBody } from './message-body';

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

/**
 * What a failed send is about.
 *
 * - `refused`: the message. Sent as it is, it is refused again.
 * - `throttled`: the rate. The same message is taken later.
 * - `unavailable`: the queue. It gave no answer, failed, does not exist, or may not be used.
 */
export type SendFailureKind = 'refused' | 'throttled' | 'unavailable';

export interface SendFailure {
  kind: SendFailureKind;
  /** For the log: the error's code and text. */
  reason: string;
}

/** Why an entry failed in a call that was answered with 200. Without a known code it is the message's fault, unless SQS takes the blame. */
export function failureOfEntry({ Code, Message = '', SenderFault }: BatchResultErrorEntry): SendFailure {
  const kind = kindOfCode(Code ?? Message) ?? (SenderFault === false ? 'unavailable' : 'refused');
  // The code first: SQS and its emulators word the text differently.
  return { kind, reason: [Code, Message].filter(Boolean).join(': ') };
}

/** Why a call failed as a whole. With an unknown code and a status of 4xx the fault is in a message; without a status, in the connection. */
export function failureOfCall(error: unknown): SendFailure {
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : '';
  const kind = kindOfCode(name) ?? kindOfStatus(status);
  return { kind, reason: status === null ? messageOf(error) : `${name}: ${messageOf(error)}` };
}

/** RequestThrottled, ThrottlingException, KmsThrottled, KMS.ThrottlingException, OverLimit and their like. */
const THROTTLING = /throttl|^OverLimit$|TooManyRequests|SlowDown|RequestLimitExceeded/i;

/** The rest of KMS, missing queues, missing rights and expired credentials, operations that the queue does not have, faults of SQS. */
const OF_THE_QUEUE = new RegExp(
  [
    '^KMS\\.|^Kms',
    'NonExistentQueue|QueueDoesNotExist|QueueDeletedRecently|InvalidAddress|InvalidSecurity|NotFoundException',
    'AccessDenied|NotAuthorized|Unauthorized|AuthFailure|OptInRequired|MissingAuthenticationToken',
    'InvalidClientTokenId|UnrecognizedClient|Signature|ExpiredToken|RequestExpired|RequestTimeTooSkewed',
    'UnknownOperation|UnsupportedOperation|InvalidAction',
    'InternalFailure|InternalError|InternalServerError|ServiceUnavailable|RequestTimeout',
  ].join('|'),
);

/** Codes come as in the JSON protocol, or as in the query protocol with a prefix. Null: unknown. */
function kindOfCode(code: string): SendFailureKind | null {
  const name = code.replace(/^.*#/, '').replace(/^AWS\.SimpleQueueService\./, '');
  if (THROTTLING.test(name)) return 'throttled';
  return OF_THE_QUEUE.test(name) ? 'unavailable' : null;
}

function kindOfStatus(status: number | null): SendFailureKind {
  if (status === 429) return 'throttled';
  const isOfMessage =
    status !== null && status >= 400 && status < 500 && ![401, 403, 404, 408].includes(status);
  return isOfMessage ? 'refused' : 'unavailable';
}

/** Null when no HTTP answer came. An answer that is not of SQS, but of a proxy before it, has its status elsewhere. */
function statusOf(error: unknown): number | null {
  const { $metadata, $response } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode ?? null;
}
