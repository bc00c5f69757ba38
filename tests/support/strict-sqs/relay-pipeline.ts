import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { randomUUID } from 'node:crypto';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { AppError } from '../../../src/shared/errors';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { createEventRelay } from '../../../src/shared/event-log/event-relay';
import { recordMessages } from '../../../src/shared/event-log/inbox';
import { countUnpublished } from '../../../src/shared/event-log/outbox';
import { testSubject } from '../outbox-scene';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { parseMessageBody } from '../../../src/shared/queue/message-body';
import { createQueueConsumer } from '../../../src/shared/queue/queue-consumer';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { type BackgroundLoop } from '../../../src/shared/runtime/background-loop';
import { rowsOf } from '../rows';
import { silentLogger } from '../service-pair';
import { type ServedQueue } from './served-queue';

/** Event log → relay → queue → two pollers → effects in SQL, on real PostgreSQL and the real SDK, step by step. */
export interface RelayPipeline {
  /** Appends the events 1, 2, 3 of that many orders and returns the orders' ids. */
  append(orders: number): Promise<string[]>;
  /** One step of the relay and of each poller; a failed step is ignored because its loop would repeat it. */
  step(): Promise<void>;
  /** Steps, each followed by that much virtual time, until all events are sent and the queue is empty. */
  run(secondsBetween: number): Promise<void>;
  /** The handled versions of each order, in the order of their effects. */
  effects(): Promise<Record<string, number[]>>;
}

export interface PipelineOptions {
  /** Called before the effect of each message; throw to fail the message. */
  before?: (message: { order_id: string; version: number }) => void;
  /** False: a consumer without inbox, as a control. */
  hasInbox?: boolean;
}

const MOST_STEPS = 60;

export function relayPipeline(
  database: ServiceDatabase,
  url: string,
  { sqs, client }: ServedQueue,
  { before = () => undefined, hasInbox = true }: PipelineOptions = {},
): RelayPipeline {
  const resolveQueueUrl = queueUrls(client);
  const relay = createEventRelay({ db: database, client, resolveQueueUrl, logger: silentLogger });
  const poller = (): BackgroundLoop =>
    createQueueConsumer({
      ...{
        client,
        pollingClient: client,
        resolveQueueUrl,
        queue: ORDERS_QUEUE,
        logger: silentLogger,
        handle,
      },
      waitSeconds: 0,
    });
  const loops = [relay, poller(), poller()];

  async function handle(body: string): Promise<void> {
    const message = parseMessageBody(body);
    before(message);
    await database.transaction(async (tx) => {
      if (hasInbox && !(await recordMessages(tx, [message.id])).has(message.id)) return;
      await tx.query('INSERT INTO effects (order_id, version) VALUES ($1, $2)', [
        message.order_id,
        message.version,
      ]);
    });
  }

  async function step(): Promise<void> {
    await Promise.all(loops.map((loop) => loop.runOnce().catch(() => undefined)));
  }

  return {
    append: (orders) => appendOrders(database, orders),
    step,
    async run(secondsBetween) {
      for (let steps = 0; steps < MOST_STEPS; steps += 1) {
        await step();
        const waiting = await countUnpublished(database);
        if (waiting === 0 && sqs.messages(ORDERS_QUEUE).length === 0) return;
        sqs.clock.advance(secondsBetween);
      }
    },
    async effects() {
      const sql =
        'SELECT order_id, array_agg(version ORDER BY seq) AS versions FROM effects GROUP BY order_id';
      const rows = await rowsOf<{ order_id: string; versions: number[] }>(url, sql);
      return Object.fromEntries(rows.map((row) => [row.order_id, row.versions]));
    },
  };
}

/** Empties the event log and the effects; creates their table the first time. */
export async function emptyPipeline(url: string): Promise<void> {
  await rowsOf(url, 'CREATE TABLE IF NOT EXISTS effects (seq serial, order_id uuid, version int)');
  await rowsOf(url, 'TRUNCATE events, outbox, publications, inbox, effects');
}

/** A temporary failure at the first delivery of each order's second message. */
export function failingOnce(): (message: { order_id: string; version: number }) => void {
  const failed = new Set<string>();
  return ({ order_id: orderId, version }) => {
    if (version !== 2 || failed.has(orderId)) return;
    failed.add(orderId);
    throw new AppError(UNAVAILABLE, 'for a while');
  };
}

async function appendOrders(database: ServiceDatabase, count: number): Promise<string[]> {
  const orderIds = [...Array(count)].map(() => randomUUID());
  const origin = { actor: 'test', correlationId: 'c', traceparent: TRACE };
  await database.transaction(async (tx) => {
    for (const orderId of orderIds) {
      for (const version of [1, 2, 3]) {
        const event = { ...testSubject(orderId), version, type: 'TESTED', payload: {}, queue: ORDERS_QUEUE };
        appendEvents(tx, [{ ...event, ...origin, eventId: randomUUID(), occurredAt: new Date() }]);
      }
    }
  });
  return orderIds;
}

const TRACE = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
