import { type BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';

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
