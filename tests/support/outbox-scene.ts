import { randomUUID } from 'node:crypto';
import { ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { appendEvents } from '../../src/shared/event-log/append-events';
import { createEventRelay } from '../../src/shared/event-log/event-relay';
import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { type BackgroundLoop } from '../../src/shared/runtime/background-loop';
import { createTestDatabase } from './databases';
import { fakeSqs, type FakeSqs } from './fake-sqs';
import { rowsOf } from './rows';
import { silentLogger } from './service-pair';

/** An event log, a queue that refuses the events of some orders, and relays. */
export interface OutboxScene {
  readonly url: string;
  readonly database: ServiceDatabase;
  readonly sqs: FakeSqs;
  /** Orders whose events the queue refuses. */
  readonly bad: Set<string>;
  /** The number of refusals counted by all relays. */
  refusals: number;
  /** Starts a new relay. */
  relay(resolveQueueUrl?: (name: string) => Promise<string>): BackgroundLoop;
  /** Creates orders with that many events each and returns their ids. */
  append(count: number, versions: number, options?: AppendOptions): Promise<string[]>;
  appendVersion(orderIds: readonly string[], version: number, queue?: string): Promise<void>;
  /** The versions of an order that the queue accepted, in order. */
  sentVersions(orderId: string): number[];
  /** Makes all refused events due. */
  makeAllDue(): Promise<unknown>;
  /** The number of refusals of an order's first event. */
  attemptsOf(orderId: string): Promise<number | null>;
  stop(): Promise<void>;
}

export interface AppendOptions {
  isBad?: boolean;
  queue?: string;
}

export const REFUSAL = 'InvalidMessageContents: Invalid characters found.';

const LIMITS = {
  DATABASE_POOL_MAX: 10,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 10_000,
  DATABASE_PREPARED_STATEMENTS: true,
};
const ORIGIN = { actor: 'test', correlationId: 'c', traceparent: 't' };

export async function outboxScene(): Promise<OutboxScene> {
  const url = await createTestDatabase('order-service');
  const database = createDatabase(url, 'outbox-scene', LIMITS, silentLogger);
  const sqs = fakeSqs();
  const bad = new Set<string>();
  sqs.refuseEntry = ({ MessageGroupId }) => (bad.has(MessageGroupId) ? REFUSAL : null);

  async function appendVersion(
    orderIds: readonly string[],
    version: number,
    queue = ORDERS_QUEUE,
  ): Promise<void> {
    const event = { ...ORIGIN, version, type: 'TESTED', payload: {}, occurredAt: new Date(), queue };
    const events = orderIds.map((orderId) => ({ ...event, ...testSubject(orderId), eventId: randomUUID() }));
    await database.transaction((tx) => appendEvents(tx, events));
  }

  const scene: OutboxScene = {
    url,
    database,
    sqs,
    bad,
    refusals: 0,
    relay: (resolveQueueUrl = (name) => Promise.resolve(name)) =>
      createEventRelay({
        db: database,
        client: sqs.client,
        resolveQueueUrl,
        logger: silentLogger,
        metrics: {
          eventsPublished: () => undefined,
          eventsRefused: (count) => void (scene.refusals += count),
        },
      }),
    async append(count, versions, { isBad = false, queue } = {}) {
      const orderIds = [...Array(count)].map(() => String(randomUUID()));
      for (let version = 1; version <= versions; version += 1) await appendVersion(orderIds, version, queue);
      if (isBad) for (const orderId of orderIds) bad.add(orderId);
      return orderIds;
    },
    appendVersion,
    sentVersions: (orderId) =>
      sqs.sent
        .filter(({ MessageGroupId }) => MessageGroupId === orderId)
        .map(({ MessageBody }) => (JSON.parse(MessageBody) as { version: number }).version),
    makeAllDue: () =>
      rowsOf(url, "UPDATE outbox SET next_attempt_at = now() - interval '1 s' WHERE attempts IS NOT NULL"),
    async attemptsOf(orderId) {
      const sql = 'SELECT attempts FROM outbox WHERE subject_id = $1 AND version = 1';
      return (await rowsOf<{ attempts: number | null }>(url, sql, [orderId]))[0]?.attempts ?? null;
    },
    stop: () => database.stop(),
  };
  return scene;
}

/** The subject of an event, for an order of that id. */
export const testSubject = (subjectId: string) => ({ subjectType: 'order', subjectId, owner: 'test-client' });

/** Runs a fixed number of steps of a relay. */
export async function takeSteps(loop: { runOnce(): Promise<unknown> }, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) await loop.runOnce();
}
