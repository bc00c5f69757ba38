import { type SQSClient } from '@aws-sdk/client-sqs';
import { type Pool } from 'pg';
import { groupBy } from '../group-by';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { inTransaction } from '../postgres/transaction';
import { toMessageBody } from '../queue/message-body';
import { publishBatch, type PublishResult } from '../queue/publish-batch';
import { type ResolveQueueUrl } from '../queue/queue-urls';
import { crashPoint } from '../resilience/crash-point';
import { createBackgroundLoop, type BackgroundLoop, type StepResult } from '../runtime/background-loop';
import { type StoredEvent } from './event';
import { deduplicationId, toEnvelope } from './to-envelope';
import { lockHeads, markPublished } from './unpublished-events';

export interface EventRelayOptions {
  pool: Pool;
  client: SQSClient;
  resolveQueueUrl: ResolveQueueUrl;
  logger: Logger;
  metrics?: Metrics;
  /** Most events per step. */
  batchSize?: number;
  /** How often to look without being nudged, in milliseconds: the net for events of a process that died. */
  pollMs?: number;
}

/** A call to the queue costs the same for one event as for ten, so events of the same moment go together. */
const PACE_MS = 15;

/** For how long an event that the queue refused is passed over, so that refused heads never crowd out the others. */
const REFUSED_FOR_MS = 5_000;

/**
 * The outbox relay, the only publisher to the queues. Each step locks the heads of the waiting groups, sends them, and marks
 * those, and only those, that the queue took. A relay that dies in between releases its locks; the event is sent again with the
 * same deduplication id, and the receiver's inbox bears it even after the queue has forgotten that.
 */
export function createEventRelay(options: EventRelayOptions): BackgroundLoop {
  const { pool, logger, batchSize = 200, pollMs = 500 } = options;
  const refused = new Map<string, number>();

  async function step(): Promise<StepResult> {
    const { sent, failed } = await inTransaction(pool, async (tx) => {
      const heads = await lockHeads(tx, batchSize, passedOver());
      if (heads.length === 0) return { sent: [], failed: [] };
      crashPoint('relay.before-send');
      const result = await publish(options, heads);
      crashPoint('relay.after-send');
      if (result.sent.length > 0) markPublished(tx, result.sent);
      return result;
    });
    if (sent.length > 0) crashPoint('relay.after-mark');
    options.metrics?.eventsPublished(sent.length);
    failed.filter(isRefusal).forEach(passOver);
    const [first] = failed;
    if (first && sent.length === 0) throw new Error(`the queue took no event: ${first.reason}`);
    if (first)
      logger.warn('the queue did not take every event', { failed: failed.length, error: first.reason });
    if (sent.length === batchSize) return 'busy';
    return sent.length > 0 ? 0 : 'idle';
  }

  function passOver({ id, reason }: Failure): void {
    logger.error('the queue refuses an event; its order waits, others go on', {
      event_id: id,
      error: reason,
    });
    refused.set(id, Date.now() + REFUSED_FOR_MS);
  }

  function passedOver(): string[] {
    for (const [id, until] of refused) if (until < Date.now()) refused.delete(id);
    return [...refused.keys()];
  }

  return createBackgroundLoop({ name: 'event relay', step, idleMs: pollMs, paceMs: PACE_MS, logger });
}

type Failure = PublishResult['failed'][number];

/** The message itself is at fault. Anything else is the queue being down: then the event stays first in line. */
const isRefusal = ({ reason }: Failure): boolean =>
  /InvalidMessageContents|InvalidParameter|TooLong|must be shorter/i.test(reason);

async function publish(options: EventRelayOptions, heads: readonly StoredEvent[]): Promise<PublishResult> {
  const queues = groupBy(heads, (event) => event.queue ?? '');
  const results = await Promise.all([...queues].map(([queue, events]) => publishTo(options, queue, events)));
  return { sent: results.flatMap(({ sent }) => sent), failed: results.flatMap(({ failed }) => failed) };
}

async function publishTo(
  options: EventRelayOptions,
  queue: string,
  events: readonly StoredEvent[],
): Promise<PublishResult> {
  const queueUrl = await options.resolveQueueUrl(queue);
  return publishBatch(
    options.client,
    queueUrl,
    events.map((event) => ({
      id: event.eventId,
      groupId: event.orderId,
      deduplicationId: deduplicationId(event),
      body: toMessageBody(toEnvelope(event)),
    })),
  );
}
