import { type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type Database, type Transaction } from '../postgres/queryable';
import { type ResolveQueueUrl } from '../queue/queue-topology';
import { declareCrashPoint } from '../resilience/crash-point';
import { type BackgroundLoop, createBackgroundLoop, type StepResult } from '../runtime/background-loop';
import { holdBehind, releaseAbandoned, releaseHeld, retryLater } from './refused-events';
import { sendEvents, type SendOutcome } from './send-events';
import { OUTBOX_WRITTEN } from './append-events';
import { type HeadsQuery, lockHeads, markPublished, type OutboxKey, type WaitingEvent } from './outbox';
import { createOutboxFloor, type OutboxFloor } from './outbox-floor';

const crashBeforeSend = declareCrashPoint('relay.before-send');
const crashAfterSend = declareCrashPoint('relay.after-send');
const crashAfterMark = declareCrashPoint('relay.after-mark');

export interface EventRelayOptions {
  db: Database;
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  logger: Logger;
  metrics?: Pick<Metrics, 'eventsPublished' | 'eventsRefused'>;
  /** The maximum number of fresh events per step. */
  batchSize?: number;
  /** How often to poll without a nudge, in milliseconds: this finds the events of a process that died. */
  pollMs?: number;
}

/**
 * The minimum time between steps, in milliseconds. A call to the queue costs the same for one event as for ten, so events of the same
 * moment are sent together.
 */
const PACE = { idleMs: 5, busyMs: 15 };

/** The maximum number of refused events that a step retries, so that they do not slow down the fresh ones. */
const RETRIES_PER_STEP = 20;

/** How long an unavailable queue is skipped while another one accepts events, in milliseconds. */
const SKIP_UNAVAILABLE_MS = 1_000;

/** How often, in milliseconds, and how many waiting events are checked for held events whose head was published or removed. */
const RELEASE_EVERY_MS = 1_000;
const RELEASE_BATCH = 500;

/** When to retry, in seconds, a due event that waits for an older one, which was deliberately sent again meanwhile. */
const OVERTAKEN_SECONDS = 5;

const NO_OUTCOME: SendOutcome = { sent: [], retries: [], unsent: [], unavailableQueues: [] };

/**
 * The outbox relay, the only publisher to the queues. Each step locks the heads of the waiting groups, sends them, and takes only those
 * out of the outbox that the queue accepted. A relay that dies before that releases its locks; the event is sent again with the same deduplication id,
 * and the consumer's inbox recognises it even after the queue's deduplication interval.
 *
 * An event that the queue refuses is retried alone, at growing intervals; its order waits, all others continue. Throttling and outages
 * are not refusals: their events stay fresh, and the loop slows down or backs off.
 */
export function createEventRelay(options: EventRelayOptions): BackgroundLoop {
  const { db, logger, batchSize = 200, pollMs = 500 } = options;
  const unavailable = new Map<string, number>();
  const release = createHeldEventRelease(db);
  const floor = createOutboxFloor(db);
  /** Where the next step starts: behind the events that the last step left unsent, so that those never block others. */
  let behindUnsent: string | null = null;

  async function step(): Promise<StepResult> {
    await release();
    await floor.raise().catch((error: unknown) => {
      logger.warn('the position in the outbox could not be raised', { error: messageOf(error) });
    });
    const after = behindUnsent ?? floor.position();
    const query = { limit: batchSize, retries: RETRIES_PER_STEP, after, exceptQueues: skippedQueues() };
    // A crash of the server can lose the commit: then the events are sent again, with the same deduplication ids.
    const { fresh, events, sentAt, outcome } = await db.transaction(
      (tx) => sendHeads(tx, query, options, floor),
      {
        commit: 'asynchronous',
      },
    );
    if (outcome.sent.length > 0) crashAfterMark();
    report(options, outcome, { events, sentAt });
    behindUnsent = fresh.isFull && outcome.unsent.length > 0 ? fresh.last : null;
    return resultOf(outcome, fresh.isFull);
  }

  function skippedQueues(): string[] {
    for (const [queue, until] of unavailable) if (until < performance.now()) unavailable.delete(queue);
    return [...unavailable.keys()];
  }

  function resultOf(
    { sent, retries, unsent, unavailableQueues: queues }: SendOutcome,
    isFull: boolean,
  ): StepResult {
    const [first] = unsent;
    if (first && sent.length + retries.length === 0)
      throw new Error(`the queue accepted no event: ${first.reason}`);
    if (first)
      logger.warn('the queue did not accept every event', { left: unsent.length, error: first.reason });
    for (const queue of queues) unavailable.set(queue, performance.now() + SKIP_UNAVAILABLE_MS);
    if (unsent.some(({ kind }) => kind === 'throttled')) return 'throttled';
    if (isFull && sent.length + retries.length > 0) return 'busy';
    return sent.length > 0 || isFull ? 0 : 'idle';
  }

  const loop = createBackgroundLoop({ name: 'event relay', step, idleMs: pollMs, paceMs: PACE, logger });
  db.onCommitted(OUTBOX_WRITTEN, () => loop.nudge());
  return loop;
}

/** Locks the heads of the waiting groups, sends them, and records the outcome. */
async function sendHeads(tx: Transaction, query: HeadsQuery, options: EventRelayOptions, floor: OutboxFloor) {
  const startedAt = performance.now();
  const events = await lockHeads(tx, query);
  floor.hasRead(performance.now() - startedAt);
  const isFull = events.filter(({ attempts }) => attempts === null).length === query.limit;
  const fresh = { isFull, last: lastPosition(events) };
  const sentAt = new Date();
  if (events.length === 0) return { fresh, events, sentAt, outcome: NO_OUTCOME };
  crashBeforeSend();
  const outcome = await sendEvents(options, events.filter(isHead));
  crashAfterSend();
  record(tx, events, outcome);
  return { fresh, events, sentAt, outcome };
}

/** Writes the outcome of the events, all of which the transaction has locked. */
function record(tx: Transaction, events: readonly WaitingEvent[], { sent, retries }: SendOutcome): void {
  const behind = events.filter((event) => !isHead(event));
  const freed = sent.filter(({ attempts }) => attempts !== null);
  const overtaken = behind.flatMap(({ subjectId, version, attempts }) =>
    attempts === null ? [] : [{ subjectId, version, attempts, inSeconds: OVERTAKEN_SECONDS, reason: null }],
  );
  const heads = new Map<string, OutboxKey>();
  for (const { subjectId, headVersion: version } of behind) heads.set(subjectId, { subjectId, version });
  for (const { subjectId, version } of retries) heads.set(subjectId, { subjectId, version });
  if (sent.length > 0) markPublished(tx, sent);
  if (freed.length > 0)
    releaseHeld(
      tx,
      freed.map(({ subjectId }) => subjectId),
    );
  if (retries.length + overtaken.length > 0) retryLater(tx, [...retries, ...overtaken]);
  if (heads.size > 0) holdBehind(tx, [...heads.values()]);
}

const isHead = ({ version, headVersion }: WaitingEvent): boolean => version === headVersion;

/** The fresh events are sorted by their position. */
const lastPosition = (events: readonly WaitingEvent[]): string | null =>
  events.filter(({ attempts }) => attempts === null).at(-1)?.position ?? null;

/** Logs the outcome. The log line has the time at which the event was sent, because the consumer may log the message earlier. */
function report(
  { logger, metrics }: EventRelayOptions,
  { sent, retries }: SendOutcome,
  { events, sentAt }: { events: readonly WaitingEvent[]; sentAt: Date },
): void {
  metrics?.eventsPublished(sent.length);
  const timestamp = sentAt.toISOString();
  for (const event of sent) logger.info('event published', { ...fieldsOf(event), timestamp });
  const refused = retries.filter(({ attempts }) => attempts > 0);
  metrics?.eventsRefused(refused.length);
  for (const { subjectId, version, attempts, inSeconds, reason } of refused)
    logger.error('the queue refused an event; the later events of its order wait', {
      ...fieldsOf(events.find((event) => event.subjectId === subjectId && event.version === version)),
      attempts,
      next_attempt_in_seconds: Math.round(inSeconds),
      error: reason,
    });
}

const fieldsOf = (event: WaitingEvent | undefined) =>
  event && {
    order_id: event.subjectId,
    correlation_id: event.correlationId,
    event_id: event.eventId,
    type: event.type,
    version: event.version,
    queue: event.queue,
    ...(event.resend > 0 && { resends: event.resend }),
  };

/** Checks some of the waiting events, at most once per second, for held events whose head was published or removed. */
function createHeldEventRelease(db: Database): () => Promise<void> {
  let next = 0;
  let position: string | null = null;
  return async () => {
    if (performance.now() < next) return;
    next = performance.now() + RELEASE_EVERY_MS;
    position = await releaseAbandoned(db, position, RELEASE_BATCH);
  };
}
