import { ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { isRetryable, messageOf, PoisonMessageError } from '../errors';
import { groupBy } from '../group-by';
import { type Logger } from '../observability/logger';
import { type MessageOutcome, type Metrics } from '../observability/metrics';
import { declareCrashPoint } from '../resilience/crash-point';
import { type BackgroundLoop, createBackgroundLoop, type StepResult } from '../runtime/background-loop';
import { holdLease, type MessageLease } from './message-lease';
import { moveToDeadLetters } from './move-to-dead-letters';
import { putBackInLine } from './requeue';
import { logFieldsOf, receiveCount } from './received-message';
import { createReceiveTurns, type ReceiveTurns } from './poll-pacing';
import {
  LONG_POLL_SECONDS,
  MAX_RECEIVE_COUNT,
  type ResolveQueueUrl,
  VISIBILITY_TIMEOUT_SECONDS,
} from './queue-topology';

const crashBeforeHandle = declareCrashPoint('consumer.before-handle');
const crashAfterHandle = declareCrashPoint('consumer.after-handle');

export interface QueueConsumerOptions {
  /** For calls that end soon. */
  client: SQSClient;
  /** For the long poll. */
  pollingClient: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  queue: string;
  /** Does the work of one message. Resolving means done, whether now or at an earlier delivery; throwing means not done. */
  handle: (body: string) => Promise<void>;
  logger: Logger;
  metrics?: Metrics | undefined;
  visibilitySeconds?: number;
  /** Shared by the pollers of the queue in this process. */
  turns?: ReceiveTurns;
  /** How long an empty receive waits for a message. */
  waitSeconds?: number;
}

/**
 * How long a stop waits for a receive that has begun, in milliseconds. Messages that are on their way here when the call is cut off
 * are lost to everybody until their lease runs out; those that still arrive are given back at once.
 */
const FAREWELL_MS = 100;

/** SQS gives no more at once. */
const MAX_MESSAGES = 10;

/**
 * One poller of a queue. Groups of a received batch run side by side, the messages of a group in order; after a failure the rest
 * of that group is left untouched and comes again behind the failed one. A message that fails at its last receive goes to the
 * dead letters with the reason, or, when it only waits for something that is away, to the end of its line. Run several for more throughput.
 */
export function createQueueConsumer(options: QueueConsumerOptions): BackgroundLoop {
  const { client, logger, visibilitySeconds = VISIBILITY_TIMEOUT_SECONDS } = options;
  const { turns = createReceiveTurns(1, 0) } = options;

  async function step(signal: AbortSignal): Promise<StepResult> {
    const queueUrl = await options.resolveQueueUrl(options.queue);
    const messages = await receiveInTurn(queueUrl, signal);
    if (messages.length === 0) return 'idle';
    const lease = holdLease({ client, queueUrl, messages, visibilitySeconds, logger });
    try {
      const groups = groupBy(messages, (message) => message.Attributes?.MessageGroupId ?? '');
      const done = await Promise.all([...groups.values()].map((group) => handleGroup(group, lease, signal)));
      crashAfterHandle();
      await lease.acknowledge(done.flat());
    } finally {
      lease.end();
    }
    return 0;
  }

  async function receiveInTurn(queueUrl: string, signal: AbortSignal): Promise<Message[]> {
    const endTurn = await turns.take(signal);
    if (!endTurn) return [];
    let received = 0;
    try {
      const messages = await receive(options, queueUrl, signal);
      received = messages.length;
      return messages;
    } finally {
      endTurn(received === MAX_MESSAGES);
    }
  }

  async function handleGroup(group: Message[], lease: MessageLease, signal: AbortSignal): Promise<Message[]> {
    for (const [position, message] of group.entries()) {
      if (signal.aborted) {
        await lease.release(group.slice(position), 0);
        return group.slice(0, position);
      }
      try {
        crashBeforeHandle();
        await options.handle(message.Body ?? '');
        options.metrics?.messageEnded(options.queue, 'handled');
      } catch (error) {
        await giveUp(options, lease, group.slice(position), error);
        return group.slice(0, position);
      }
    }
    return group;
  }

  return createBackgroundLoop({ name: `consumer of ${options.queue}`, step, idleMs: 0, logger });
}

async function receive(
  options: QueueConsumerOptions,
  queueUrl: string,
  signal: AbortSignal,
): Promise<Message[]> {
  const { visibilitySeconds = VISIBILITY_TIMEOUT_SECONDS, waitSeconds = LONG_POLL_SECONDS } = options;
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: MAX_MESSAGES,
    WaitTimeSeconds: waitSeconds,
    VisibilityTimeout: visibilitySeconds,
    MessageSystemAttributeNames: ['MessageGroupId', 'ApproximateReceiveCount', 'SentTimestamp'],
    MessageAttributeNames: ['FirstSentAt'],
  });
  const call = new AbortController();
  const endSoon = (): void => void setTimeout(() => call.abort(), FAREWELL_MS);
  signal.addEventListener('abort', endSoon, { once: true });
  try {
    const { Messages = [] } = await options.pollingClient.send(command, { abortSignal: call.signal });
    return Messages;
  } finally {
    signal.removeEventListener('abort', endSoon);
  }
}

/**
 * The first of these messages failed. Those behind it are given back only once it is gone, or together with it, so that none
 * passes it.
 */
async function giveUp(
  options: QueueConsumerOptions,
  lease: MessageLease,
  messages: readonly Message[],
  error: unknown,
): Promise<void> {
  const [failed, ...behind] = messages;
  if (!failed) return;
  const end = receiveCount(failed) < MAX_RECEIVE_COUNT ? null : await endOfReceives(options, failed, error);
  logFailure(options, failed, error, end);
  options.metrics?.messageEnded(options.queue, end ?? 'failed');
  if (end === null) return lease.release(messages, retryDelaySeconds(failed, error));
  await lease.acknowledge([failed]);
  await lease.release(behind, 0);
}

/** What became of a message that was received for the last time; null when no queue took it. */
async function endOfReceives(
  options: QueueConsumerOptions,
  message: Message,
  error: unknown,
): Promise<MessageOutcome | null> {
  if (isRetryable(error) && (await putBackInLine(options, message))) return 'failed';
  return (await moveToDeadLetters(options, message, error)) ? 'dead_letter' : null;
}

/** Poison comes again at once, so that it reaches the dead letters soon; what waits for something that is away, later and later. */
function retryDelaySeconds(message: Message, error: unknown): number {
  if (error instanceof PoisonMessageError) return 0;
  const base = isRetryable(error) ? 4 : 2;
  return Math.min(60, base ** (receiveCount(message) - 1));
}

/** One line for each failure, once it is known what became of the message. */
function logFailure(
  options: QueueConsumerOptions,
  message: Message,
  error: unknown,
  end: MessageOutcome | null,
): void {
  const fields = {
    queue: options.queue,
    ...logFieldsOf(message),
    receives: receiveCount(message),
    error: messageOf(error),
  };
  if (end === null) options.logger.warn('message was not handled and will come again', fields);
  else if (end === 'failed') options.logger.warn('message put back at the end of its queue', fields);
  else options.logger.error('message moved to the dead letters', fields);
}
