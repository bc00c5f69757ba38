import { ReceiveMessageCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { VISIBILITY_TIMEOUT_SECONDS } from '../contracts/queues';
import { isRetryable, messageOf, PoisonMessageError } from '../errors';
import { groupBy } from '../group-by';
import { type Logger } from '../observability/logger';
import { type MessageOutcome, type Metrics } from '../observability/metrics';
import { declareCrashPoint } from '../resilience/crash-point';
import { type BackgroundLoop, createBackgroundLoop, type StepResult } from '../runtime/background-loop';
import { createDeleteMessages, type DeleteMessages } from './delete-messages';
import { holdLease, type MessageLease } from './message-lease';
import { moveToDeadLetters } from './move-to-dead-letters';
import { requeueMessage } from './requeue';
import { logFieldsOf, receiveCount } from './received-message';
import { createPollPacing, type PollPacing } from './poll-pacing';
import { LONG_POLL_SECONDS, MAX_RECEIVE_COUNT, type ResolveQueueUrl } from './queue-topology';

const crashBeforeHandle = declareCrashPoint('consumer.before-handle');
const crashAfterHandle = declareCrashPoint('consumer.after-handle');

export interface QueueConsumerOptions {
  /** For short calls. */
  client: SQSClient;
  /** For the long poll. */
  pollingClient: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  queue: string;
  /** Handles one message. Resolves when the work is done, whether now or at an earlier delivery; throws when it is not. */
  handle: (body: string) => Promise<void>;
  logger: Logger;
  metrics?: Metrics | undefined;
  visibilitySeconds?: number;
  /** These two are shared by the pollers of the queue in this process. */
  pacing?: PollPacing;
  deleteMessages?: DeleteMessages;
  /** How long a receive waits for a message when the queue is empty. */
  waitSeconds?: number;
}

/**
 * How long a stop waits for a receive that has begun, in milliseconds. When the call is cut off, messages in transit stay invisible to
 * all consumers until their lease ends; those that still arrive are returned at once.
 */
const STOP_GRACE_MS = 100;

/** The maximum of one SQS receive. */
const MAX_MESSAGES = 10;

/**
 * One poller of a queue; run several for more throughput. Groups of a received batch run in parallel, the messages of a group in order.
 * After a failure the rest of the group is left untouched and delivered again behind the failed message. A message that fails at its last
 * receive goes to the dead letters with the reason or, when a dependency of its handler is unavailable, to the end of its group.
 */
export function createQueueConsumer(options: QueueConsumerOptions): BackgroundLoop {
  const { client, logger, visibilitySeconds = VISIBILITY_TIMEOUT_SECONDS } = options;
  const { pacing = createPollPacing(1, () => 0), deleteMessages = createDeleteMessages(client, logger) } =
    options;

  async function step(signal: AbortSignal): Promise<StepResult> {
    const queueUrl = await options.resolveQueueUrl(options.queue);
    const messages = await receivePaced(queueUrl, signal);
    if (messages.length === 0) return 'idle';
    const lease = holdLease({ client, deleteMessages, queueUrl, messages, visibilitySeconds, logger });
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

  async function receivePaced(queueUrl: string, signal: AbortSignal): Promise<Message[]> {
    const endReceive = await pacing.acquire(signal);
    if (!endReceive) return [];
    let received = 0;
    try {
      const messages = await receive(options, queueUrl, signal);
      received = messages.length;
      return messages;
    } finally {
      endReceive(received === MAX_MESSAGES);
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
        await handleFailure(options, lease, group.slice(position), error);
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
  const abortSoon = (): void => void setTimeout(() => call.abort(), STOP_GRACE_MS);
  signal.addEventListener('abort', abortSoon, { once: true });
  try {
    const { Messages = [] } = await options.pollingClient.send(command, { abortSignal: call.signal });
    return Messages;
  } finally {
    signal.removeEventListener('abort', abortSoon);
  }
}

/**
 * Handles the failure of the first message. The messages behind it are returned only after it is gone, or together with it, so that none
 * overtakes it.
 */
async function handleFailure(
  options: QueueConsumerOptions,
  lease: MessageLease,
  messages: readonly Message[],
  error: unknown,
): Promise<void> {
  const [failed, ...behind] = messages;
  if (!failed) return;
  const outcome =
    receiveCount(failed) < MAX_RECEIVE_COUNT ? null : await disposeOfMessage(options, failed, error);
  logFailure(options, failed, error, outcome);
  options.metrics?.messageEnded(options.queue, outcome ?? 'failed');
  if (outcome === null) return lease.release(messages, retryDelaySeconds(failed, error));
  await lease.acknowledge([failed]);
  await lease.release(behind, 0);
}

/** The outcome of a message after its last receive; null when no queue accepted it. */
async function disposeOfMessage(
  options: QueueConsumerOptions,
  message: Message,
  error: unknown,
): Promise<MessageOutcome | null> {
  if (isRetryable(error) && (await requeueMessage(options, message))) return 'failed';
  return (await moveToDeadLetters(options, message, error)) ? 'dead_letter' : null;
}

/**
 * A poison message is delivered again at once, so that it soon reaches the dead letters; a message that waits for an unavailable
 * dependency, after growing delays.
 */
function retryDelaySeconds(message: Message, error: unknown): number {
  if (error instanceof PoisonMessageError) return 0;
  const base = isRetryable(error) ? 4 : 2;
  return Math.min(60, base ** (receiveCount(message) - 1));
}

/** Logs one line per failure, once the outcome of the message is known. */
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
  if (end === null) options.logger.warn('message was not handled and will be delivered again', fields);
  else if (end === 'failed') options.logger.warn('message requeued at the end of its group', fields);
  else options.logger.error('message moved to the dead letters', fields);
}
