import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { createEventRelay } from '../../../src/shared/event-log/event-relay';
import { recordMessages } from '../../../src/shared/event-log/inbox';
import { eventsOf } from '../../../src/shared/event-log/read-events';
import { countUnpublished, oldestUnpublishedAge, resendEvents } from '../../../src/shared/event-log/outbox';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { createTestDatabase } from '../../support/databases';
import { fakeSqs, type FakeSqs } from '../../support/fake-sqs';
import { testSubject } from '../../support/outbox-scene';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 10,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('the event relay', () => {
  let url: string;
  let database: ServiceDatabase;
  let sqs: FakeSqs;
  before(async () => {
    url = await createTestDatabase('order-service');
    database = createDatabase(url, 'relay-test', LIMITS, silentLogger);
  });
  after(() => database.stop());
  beforeEach(async () => {
    await rowsOf(url, 'TRUNCATE events, outbox, publications, dropped_events');
    sqs = fakeSqs();
  });

  const relay = () =>
    createEventRelay({
      db: database,
      client: sqs.client,
      resolveQueueUrl: (name) => Promise.resolve(name),
      logger: silentLogger,
    });
  const sentVersions = (orderId: string): number[] =>
    sqs.sent.filter((entry) => entry.MessageGroupId === orderId).map((entry) => versionOf(entry.MessageBody));

  it('given three events of one order, then each step sends only the oldest, and events without a queue are never sent', async () => {
    const [orderId] = await append(1, 3);
    await append(1, 1, null);
    const loop = relay();
    expect(await loop.runOnce()).to.equal(0);
    expect(sentVersions(orderId!)).to.deep.equal([1]);
    await loop.runOnce();
    await loop.runOnce();
    expect(await loop.runOnce()).to.equal('idle');
    expect(sqs.sent.map((entry) => versionOf(entry.MessageBody))).to.deep.equal([1, 2, 3]);
  });

  it('given unpublished events, then the age of the oldest is known per queue, and null when all are sent', async () => {
    const age = (queue = 'orders-queue.fifo') => oldestUnpublishedAge(database, queue);
    const [orderId] = await append(1, 1);
    await append(2, 1);
    await rowsOf(url, "UPDATE events SET occurred_at = now() - interval '90 s' WHERE order_id = $1", [
      orderId,
    ]);
    expect(await age()).to.be.within(90, 100);
    expect(await age('another.fifo')).to.equal(null);
    await relay().runOnce();
    expect(await age()).to.equal(null);
  });

  it('given an answer that refuses one entry, then only the others are marked, and that entry is first in the next step', async () => {
    const [first, second] = await append(2, 2);
    const [refused] = await eventsOf(database, first!);
    sqs.refuse = (id) => (id === refused!.eventId ? 'throttled' : null);
    await relay().runOnce();
    expect([sentVersions(first!), sentVersions(second!)]).to.deep.equal([[], [1]]);
    sqs.refuse = () => null;
    await relay().runOnce();
    expect([sentVersions(first!), sentVersions(second!)]).to.deep.equal([[1], [1, 2]]);
  });

  it('given an event that the queue always refuses, then other orders do not wait', async () => {
    const [bad, good] = await append(2, 1);
    const [event] = await eventsOf(database, bad!);
    sqs.refuse = (id) => (id === event!.eventId ? 'InvalidMessageContents' : null);
    const loop = relay();
    await loop.runOnce();
    expect(await loop.runOnce()).to.equal('idle');
    expect(sentVersions(good!)).to.deep.equal([1]);
    expect(await countUnpublished(database)).to.equal(1);
  });

  it('given a step that is full of refused events, then the next step sends other events', async () => {
    const bad = await append(200, 1);
    const [good] = await append(1, 1);
    sqs.refuse = (id) => (refusedIds.has(id) ? 'InvalidMessageContents: Invalid characters found.' : null);
    const loop = relay();
    const refusedIds = new Set(await eventIdsOf(bad));
    expect(await loop.runOnce()).to.equal('busy');
    await loop.runOnce();
    expect(sentVersions(good!)).to.deep.equal([1]);
    expect(await countUnpublished(database)).to.equal(200);
  });

  it('given a transaction that commits after a later one, then its event is still sent', async () => {
    const [late, early] = [randomUUID(), randomUUID()];
    await database.transaction(async (tx) => {
      appendEvents(tx, [{ ...newEvent(late, 1, 'orders-queue.fifo'), ...ORIGIN }]);
      await tx.query('SELECT 1');
      await appendVersion(early, 1, 'orders-queue.fifo');
      await relay().runOnce();
    });
    await relay().runOnce();
    expect(sqs.sent.map((entry) => entry.MessageGroupId)).to.deep.equal([early, late]);
  });

  it('given an unavailable queue, then the step fails, nothing is marked, and everything is sent after the outage', async () => {
    await append(20, 1);
    sqs.before = () => {
      throw new Error('ECONNREFUSED');
    };
    const error = await relay()
      .runOnce()
      .catch((thrown: Error) => thrown.message);
    expect(error).to.contain('ECONNREFUSED');
    expect(await countUnpublished(database)).to.equal(20);
    sqs.before = () => undefined;
    await relay().runOnce();
    expect(await countUnpublished(database)).to.equal(0);
  });

  it('given a relay that crashes after sending and before marking, then the event is sent again with the same id', async () => {
    const [orderId] = await append(1, 2);
    const sendsThenCrashes = fakeSqs();
    sendsThenCrashes.before = async () => {
      await rowsOf(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay-test'
                            AND state = 'idle in transaction'`,
      );
    };
    const dying = createEventRelay({
      db: database,
      client: sendsThenCrashes.client,
      resolveQueueUrl: (name) => Promise.resolve(name),
      logger: silentLogger,
    });
    const error = await dying.runOnce().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('kind', 'unavailable');
    await relay().runOnce();
    expect(sentVersions(orderId!)).to.deep.equal([1]);
    expect(sqs.sent[0]!.MessageDeduplicationId).to.equal(sendsThenCrashes.sent[0]!.MessageDeduplicationId);
  });

  it('given two relays at once over 500 orders of three events, then each event is sent once, each order in order', async () => {
    const orderIds = await append(500, 3);
    const drain = async (): Promise<void> => {
      const loop = relay();
      while ((await countUnpublished(database)) > 0) await loop.runOnce();
    };
    await Promise.all([drain(), drain()]);
    expect(new Set(sqs.sent.map((entry) => entry.MessageDeduplicationId)).size).to.equal(1500);
    expect(sqs.sent).to.have.length(1500);
    for (const orderId of orderIds) expect(sentVersions(orderId)).to.deep.equal([1, 2, 3]);
  });

  it('given a deliberate repeat, then it has a new deduplication id, and unpublished events are not changed', async () => {
    const [sentOrder] = await append(1, 1);
    await relay().runOnce();
    const [waitingOrder] = await append(1, 1);
    const subjectIds = [sentOrder!, waitingOrder!];
    const resend = { subjectIds, type: 'TESTED', queue: 'orders-queue.fifo', afterSeconds: 0 };
    const resent = await database.transaction((tx) => resendEvents(tx, resend));
    expect(resent.map(({ subjectId }) => subjectId)).to.deep.equal([sentOrder]);
    await relay().runOnce();
    const ids = sqs.sent
      .filter((entry) => entry.MessageGroupId === sentOrder)
      .map((entry) => entry.MessageDeduplicationId);
    expect(ids[1]).to.equal(`${ids[0]!}:1`);
  });

  it('given a version to read from, then only later events are read, oldest first', async () => {
    const [orderId] = await append(1, 3);
    const versions = (await eventsOf(database, orderId!, 1)).map(({ version }) => version);
    expect(versions).to.deep.equal([2, 3]);
  });

  it('given a version that the order already has, then the event is refused', async () => {
    const [orderId] = await append(1, 1);
    const error = await appendVersion(orderId!, 1, null).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', '23505');
  });

  it('given a message recorded in the inbox, then it is new once, even for several at the same time', async () => {
    const id = randomUUID();
    const note = () => database.transaction((tx) => recordMessages(tx, [id]));
    expect((await Promise.all([note(), note(), note()])).map(({ size }) => size).sort()).to.deep.equal([
      0, 0, 1,
    ]);
  });

  /** Creates orders with that many events each and returns their ids. */
  async function append(
    orders: number,
    versions: number,
    queue: string | null = 'orders-queue.fifo',
  ): Promise<string[]> {
    const orderIds = [...Array(orders)].map(() => randomUUID());
    await database.transaction(async (tx) => {
      for (const orderId of orderIds) {
        for (let version = 1; version <= versions; version += 1)
          appendEvents(tx, [{ ...newEvent(orderId, version, queue), ...ORIGIN }]);
      }
    });
    return orderIds;
  }

  async function eventIdsOf(orderIds: string[]): Promise<string[]> {
    const sql = 'SELECT event_id FROM events WHERE order_id = ANY ($1::uuid[])';
    return (await rowsOf<{ event_id: string }>(url, sql, [orderIds])).map((row) => row.event_id);
  }

  function appendVersion(orderId: string, version: number, queue: string | null): Promise<void> {
    return database.transaction((tx) =>
      appendEvents(tx, [{ ...newEvent(orderId, version, queue), ...ORIGIN }]),
    );
  }
});

const ORIGIN = { actor: 'test', correlationId: 'c', traceparent: 't' };

const newEvent = (orderId: string, version: number, queue: string | null) => ({
  eventId: randomUUID(),
  ...testSubject(orderId),
  version,
  type: 'TESTED',
  payload: {},
  occurredAt: new Date(),
  queue,
});

const versionOf = (body: string): number => (JSON.parse(body) as { version: number }).version;
