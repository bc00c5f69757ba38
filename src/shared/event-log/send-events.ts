import { type SQSClient } from '@aws-sdk/client-sqs';
import { groupBy } from '../group-by';
import { toMessageBody } from '../queue/message-body';
import {
  failureOfCall,
  MAX_ENTRIES,
  type OutgoingMessage,
  publishBatch,
  type PublishResult,
  type SendFailure,
} from '../queue/publish-batch';
import { type ResolveQueueUrl } from '../queue/queue-topology';
import { type Retry } from './refused-events';
import { deduplicationId, toEnvelope } from './event';
import { type WaitingEvent } from './outbox';

const REASON_LIMIT = 500;
const FIRST_RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 300;

export interface SendEventsOptions {
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
}

export interface SendOutcome {
  sent: WaitingEvent[];
  /** Events that caused the failure, or may have caused it: they are retried alone. */
  retries: Retry[];
  /** Why events stay fresh: their queue is unavailable or throttles. */
  unsent: SendFailure[];
  unavailableQueues: string[];
}

/** Sends events to their queues in parallel, each retried event in a separate call. */
export async function sendEvents(
  options: SendEventsOptions,
  events: readonly WaitingEvent[],
): Promise<SendOutcome> {
  const queues = groupBy(events, (event) => event.queue);
  const outcomes = await Promise.all(
    [...queues].map(async ([queue, ofQueue]) =>
      outcomeOf(queue, ofQueue, await sendTo(options, queue, ofQueue)),
    ),
  );
  return {
    sent: outcomes.flatMap(({ sent }) => sent),
    retries: outcomes.flatMap(({ retries }) => retries),
    unsent: outcomes.flatMap(({ unsent }) => unsent),
    unavailableQueues: outcomes.flatMap(({ unavailableQueues }) => unavailableQueues),
  };
}

async function sendTo(
  { client, resolveQueueUrl }: SendEventsOptions,
  queue: string,
  events: readonly WaitingEvent[],
): Promise<PublishResult> {
  try {
    const queueUrl = await resolveQueueUrl(queue);
    const [fresh, retried] = await Promise.all([
      publishBatch(client, queueUrl, events.filter(isFresh).map(toOutgoing), MAX_ENTRIES),
      publishBatch(client, queueUrl, events.filter((event) => !isFresh(event)).map(toOutgoing), 1),
    ]);
    return { sent: [...fresh.sent, ...retried.sent], failed: [...fresh.failed, ...retried.failed] };
  } catch (error) {
    const { reason } = failureOfCall(error);
    return { sent: [], failed: events.map(({ eventId: id }) => ({ id, kind: 'unavailable', reason })) };
  }
}

const isFresh = ({ attempts }: WaitingEvent): boolean => attempts === null;

const toOutgoing = (event: WaitingEvent): OutgoingMessage => ({
  id: event.eventId,
  groupId: event.subjectId,
  deduplicationId: deduplicationId(event, event.resend),
  body: toMessageBody(toEnvelope(event)),
});

/**
 * A queue that answered for at least one event is available. The events without an answer may be the cause: they are sent alone in the
 * next step, apart from the other events of their call, and count as refused when they fail again.
 */
function outcomeOf(
  queue: string,
  events: readonly WaitingEvent[],
  { sent, failed }: PublishResult,
): SendOutcome {
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const isAvailable = sent.length > 0 || failed.some(({ kind }) => kind === 'refused');
  const retries = failed.flatMap(({ id, kind, reason }) => {
    if (kind === 'throttled' || (kind === 'unavailable' && !isAvailable)) return [];
    const event = byId.get(id);
    if (!event) return [];
    return [
      kind === 'unavailable' && event.attempts === null
        ? retryAlone(event, reason)
        : retryRefused(event, reason),
    ];
  });
  const retried = new Set(retries.map(({ subjectId }) => subjectId));
  const unsent = failed.filter(({ id }) => !retried.has(byId.get(id)?.subjectId ?? ''));
  return {
    sent: sent.flatMap((id) => byId.get(id) ?? []),
    retries,
    unsent,
    unavailableQueues: !isAvailable && unsent.some(({ kind }) => kind === 'unavailable') ? [queue] : [],
  };
}

const retryAlone = ({ subjectId, version }: WaitingEvent, reason: string): Retry => ({
  subjectId,
  version,
  attempts: 0,
  inSeconds: 0,
  reason,
});

function retryRefused({ subjectId, version, attempts: earlier }: WaitingEvent, reason: string): Retry {
  const attempts = (earlier ?? 0) + 1;
  const inSeconds = retryInSeconds(attempts);
  return { subjectId, version, attempts, inSeconds, reason: reason.slice(0, REASON_LIMIT) };
}

/**
 * 5 s after the first refusal, doubled after each further one, up to 5 minutes. Varied by up to a fifth, so that events that were refused
 * together are not retried together.
 */
function retryInSeconds(attempts: number, random = Math.random()): number {
  const seconds = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1));
  return seconds * (0.8 + 0.4 * random);
}
