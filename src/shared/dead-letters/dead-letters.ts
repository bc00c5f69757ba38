import { UNAVAILABLE } from '../contracts/problem';
import { type SQSClient } from '@aws-sdk/client-sqs';
import {
  type DeadLetterResource,
  type DropResult,
  LIVE_QUEUES,
  QUEUE_NOT_FOUND,
  type QueueState,
  type RedriveResult,
  VISIBILITY_TIMEOUT_SECONDS,
} from '../contracts/queues';
import { AppError } from '../errors';
import { type Logger } from '../observability/logger';
import { toDeadLetter } from './dead-letter';
import { logFieldsOf } from '../queue/received-message';
import { selectDeadLetters, type DeadLetterSweep, sweepDeadLetters } from './dead-letter-sweep';
import { dropDeadLetters } from './drop-dead-letters';
import { oldestAge, peekDeadLetters } from './peek-dead-letters';
import { type OutgoingMessage, publishBatch } from '../queue/publish-batch';
import { queueCounts, type QueueCounts } from '../queue/queue-counts';
import { deadLetterQueueOf, type ResolveQueueUrl } from '../queue/queue-topology';
import { redriveDeadLetters } from './redrive-dead-letters';

/**
 * The operators' actions on dead letters, by the name of the live queue that they come from. Ids are envelope ids or, without an
 * envelope, message ids; null chooses all. Of an order with more than a few dead letters only the first ones can be reached until they
 * are removed.
 *
 * @throws AppError `queue_not_found`; `unavailable` when SQS does not answer.
 */
export interface DeadLetters {
  stateOf(queue: string): Promise<QueueState>;
  /** Reads up to `limit` of them (at most 100), the oldest failure first; none is removed. */
  peek(queue: string, limit: number): Promise<DeadLetterResource[]>;
  /** Sends them to the live queue again and logs one line for each, with the actor. */
  redrive(queue: string, ids: readonly string[] | null, actor: string): Promise<RedriveResult>;
  /** Deletes them and logs one line for each before that, with the actor. */
  drop(queue: string, ids: readonly string[] | null, actor: string): Promise<DropResult>;
}

export interface DeadLettersOptions {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  logger: Logger;
}

const PEEK_SECONDS = 10;

export function createDeadLetters({ client, resolveQueueUrl, logger }: DeadLettersOptions): DeadLetters {
  /** Sweeps the dead letters of a queue, and returns the messages that are still held when the work has ended or failed. */
  async function withSweep<T>(
    queue: string,
    { visibilitySeconds = VISIBILITY_TIMEOUT_SECONDS, waitSeconds = 1 },
    work: (sweep: DeadLetterSweep) => Promise<T>,
  ): Promise<T> {
    const deadLetterQueue = deadLetterQueueOfLive(queue);
    return callQueues(async () => {
      const queueUrl = await resolveQueueUrl(deadLetterQueue);
      const sweep = sweepDeadLetters({ client, queueUrl, logger, visibilitySeconds, waitSeconds });
      return endAfter(sweep, work(sweep));
    });
  }

  const countsOf = async (name: string): Promise<QueueCounts> =>
    queueCounts(client, await resolveQueueUrl(name));

  return {
    async stateOf(queue) {
      const [live, dead] = await callQueues(() =>
        Promise.all([countsOf(queue), countsOf(deadLetterQueueOfLive(queue))]),
      );
      const deadLetters = dead.depth + dead.inFlight;
      const options = { visibilitySeconds: PEEK_SECONDS, patienceSeconds: 0 };
      return {
        depth: live.depth,
        in_flight: live.inFlight,
        delayed: live.delayed,
        dead_letters: deadLetters,
        oldest_dead_letter_age_seconds: deadLetters === 0 ? null : await withSweep(queue, options, oldestAge),
      };
    },
    peek: (queue, limit) =>
      withSweep(queue, { visibilitySeconds: PEEK_SECONDS }, async (sweep) =>
        (await peekDeadLetters(sweep)).slice(0, limit).map(toDeadLetter),
      ),
    redrive: (queue, ids, actor) =>
      withSweep(queue, {}, async (sweep) => {
        const queueUrl = await resolveQueueUrl(queue);
        return redriveDeadLetters(sweep, selectDeadLetters(ids), async (messages) => {
          const sentAt = new Date();
          const result = await publishBatch(client, queueUrl, messages);
          const accepted = messages.filter(({ id }) => result.sent.includes(id));
          logRedriven(logger, accepted, { queue, actor, timestamp: sentAt.toISOString() });
          return result;
        });
      }),
    drop: (queue, ids, actor) =>
      withSweep(queue, {}, (sweep) =>
        dropDeadLetters(sweep, selectDeadLetters(ids), (_, messages) => {
          for (const message of messages)
            logger.warn('dead letter dropped', { ...logFieldsOf(message), queue, actor });
        }),
      ),
  };
}

/** Logs the sent messages. The log lines have the time at which they were sent, because the consumer may log a message earlier. */
function logRedriven(
  logger: Logger,
  messages: readonly OutgoingMessage[],
  fields: { queue: string; actor: string; timestamp: string },
): void {
  for (const { id: MessageId, groupId: MessageGroupId, body: Body } of messages)
    logger.warn('dead letter redriven', {
      ...logFieldsOf({ MessageId, Attributes: { MessageGroupId }, Body }),
      ...fields,
    });
}

/** Ends the sweep. After a failure it does not wait for that: queues that did not answer the work would not answer the end either. */
async function endAfter<T>(sweep: DeadLetterSweep, work: Promise<T>): Promise<T> {
  const result = await work.catch((error: unknown) => {
    void sweep.end();
    throw error;
  });
  await sweep.end();
  return result;
}

/** @throws AppError `queue_not_found` */
function deadLetterQueueOfLive(queue: string): string {
  const deadLetterQueue = LIVE_QUEUES.includes(queue) ? deadLetterQueueOf(queue) : null;
  if (deadLetterQueue === null) throw new AppError(QUEUE_NOT_FOUND, 'there is no such queue');
  return deadLetterQueue;
}

async function callQueues<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(UNAVAILABLE, 'the queues do not respond', { cause });
  }
}
