import { type BatchResultErrorEntry, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { MAX_MESSAGE_BYTES, messageBytes, TEXT_TYPE, toSendableBody } from './message-body';

export interface OutgoingMessage {
  /** Unique within the call. */
  id: string;
  groupId: string;
  deduplicationId: string;
  body: string;
  /** Text attributes by name; no value is empty. */
  attributes?: Readonly<Record<string, string>>;
}

export interface PublishResult {
  sent: string[];
  failed: ({ id: string } & SendFailure)[];
}

/**
 * The cause of a failed send.
 *
 * - `refused`: the message. It would be refused again.
 * - `throttled`: the rate. The same message is accepted later.
 * - `unavailable`: the queue. It did not answer, failed, does not exist, or denies access.
 */
export type SendFailureKind = 'refused' | 'throttled' | 'unavailable';

export interface SendFailure {
  kind: SendFailureKind;
  /** The error's code and text, for the log. */
  reason: string;
}

/** The maximum number of entries of SendMessageBatch. */
export const MAX_ENTRIES = 10;

/** RequestThrottled, ThrottlingException, KmsThrottled, KMS.ThrottlingException, OverLimit and similar codes. */
const THROTTLING = /throttl|^OverLimit$|TooManyRequests|SlowDown|RequestLimitExceeded/i;

/** Other KMS errors, missing queues, missing rights, expired credentials, operations that the queue does not support, errors of SQS. */
const UNAVAILABILITY = new RegExp(
  [
    '^KMS\\.|^Kms',
    'NonExistentQueue|QueueDoesNotExist|QueueDeletedRecently|InvalidAddress|InvalidSecurity|NotFoundException',
    'AccessDenied|NotAuthorized|Unauthorized|AuthFailure|OptInRequired|MissingAuthenticationToken',
    'InvalidClientTokenId|UnrecognizedClient|Signature|ExpiredToken|RequestExpired|RequestTimeTooSkewed',
    'UnknownOperation|UnsupportedOperation|InvalidAction',
    'InternalFailure|InternalError|InternalServerError|ServiceUnavailable|RequestTimeout',
  ].join('|'),
);

/**
 * Sends messages in as few calls as the limits allow, in parallel, and reports for each message whether the queue accepted it. A call can
 * answer 200 and refuse some entries, so every entry is checked. A call that is refused as a whole because of a message is repeated
 * message by message; a call that fails for another reason fails all its entries. Do not pass several messages of one group: parallel
 * calls have no order.
 *
 * @param perCall the maximum number of messages per call
 */
export async function publishBatch(
  client: SQSClient,
  queueUrl: string,
  messages: readonly OutgoingMessage[],
  perCall = MAX_ENTRIES,
): Promise<PublishResult> {
  const sendable = messages.map((message) => ({ ...message, body: toSendableBody(message.body) }));
  return combined(inBatches(sendable, perCall).map((batch) => send(client, queueUrl, batch)));
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
      return combined(batch.map((message) => send(client, queueUrl, [message])));
    return split(
      batch,
      () => false,
      () => failure,
    );
  }
}

async function combined(results: readonly Promise<PublishResult>[]): Promise<PublishResult> {
  const settled = await Promise.all(results);
  return {
    sent: settled.flatMap((result) => result.sent),
    failed: settled.flatMap((result) => result.failed),
  };
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

/**
 * Classifies an entry that failed in a call that was answered with 200. An unknown code means `refused`, unless SQS reports its own
 * fault.
 */
function failureOfEntry({ Code, Message = '', SenderFault }: BatchResultErrorEntry): SendFailure {
  const kind = kindOfCode(Code ?? Message) ?? (SenderFault === false ? 'unavailable' : 'refused');
  // The code comes first, because SQS and its emulators word the text differently.
  return { kind, reason: [Code, Message].filter(Boolean).join(': ') };
}

/**
 * Classifies a call that failed as a whole. With an unknown code, a 4xx status means that a message is at fault, and no status that the
 * connection is.
 */
export function failureOfCall(error: unknown): SendFailure {
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : '';
  const kind = kindOfCode(name) ?? kindOfStatus(status);
  return { kind, reason: status === null ? messageOf(error) : `${name}: ${messageOf(error)}` };
}

/** Codes follow the JSON protocol, or the query protocol with a prefix. Returns null for an unknown code. */
function kindOfCode(code: string): SendFailureKind | null {
  const name = code.replace(/^.*#/, '').replace(/^AWS\.SimpleQueueService\./, '');
  if (THROTTLING.test(name)) return 'throttled';
  return UNAVAILABILITY.test(name) ? 'unavailable' : null;
}

function kindOfStatus(status: number | null): SendFailureKind {
  if (status === 429) return 'throttled';
  const isOfMessage =
    status !== null && status >= 400 && status < 500 && ![401, 403, 404, 408].includes(status);
  return isOfMessage ? 'refused' : 'unavailable';
}

/**
 * The HTTP status of an error; null when no answer came. For the answer of a proxy in front of SQS, the SDK stores the status in
 * `$response`.
 */
function statusOf(error: unknown): number | null {
  const { $metadata, $response } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode ?? null;
}
