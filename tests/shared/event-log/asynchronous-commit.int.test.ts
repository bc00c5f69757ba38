import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { createEventRelay } from '../../../src/shared/event-log/event-relay';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { ORDER_MIGRATIONS } from '../../../src/order-service/migrations';
import { orderListUpdating } from '../../../src/order-service/orders/use-cases/update-order-list';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { runMigrations } from '../../../src/shared/postgres/migrate';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { startCrashingPostgres, type CrashingPostgres } from '../../support/crashing-postgres';
import { fakeSqs } from '../../support/fake-sqs';
import { silentLogger } from '../../support/service-pair';
import { testSubject } from '../../support/outbox-scene';

const LIMITS = {
  DATABASE_POOL_MAX: 4,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 10_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('a crash of PostgreSQL', function () {
  this.timeout(60_000);
  let server: CrashingPostgres;
  let db: ServiceDatabase;
  before(async () => {
    server = await startCrashingPostgres();
    await runMigrations('order-service', server.url, ORDER_MIGRATIONS);
  });
  beforeEach(async () => {
    await withConnection(server.url, (one) => one.query('TRUNCATE events, outbox, publications'));
    db = createDatabase(server.url, 'crash', LIMITS, silentLogger);
  });
  afterEach(() => db.stop());
  after(() => server.stop());

  it('given sent events whose removal from the outbox is lost, then they are sent again, in order, with the same deduplication ids', async () => {
    const sqs = fakeSqs();
    const relay = createEventRelay({
      ...{ db, client: sqs.client, resolveQueueUrl: (name) => Promise.resolve(name), logger: silentLogger },
    });
    const subjectId = randomUUID();
    await append(subjectId, 1);
    await append(subjectId, 2);
    await server.pauseWalWriter();
    await relay.runOnce();
    await relay.runOnce();
    expect(sentIds(sqs)).to.have.length(2);
    expect(await count('outbox')).to.equal(0);
    await crash();
    expect(await count('outbox'), 'the lost commits').to.equal(2);
    const again = createEventRelay({
      ...{ db, client: sqs.client, resolveQueueUrl: (name) => Promise.resolve(name), logger: silentLogger },
    });
    await again.runOnce();
    await again.runOnce();
    const [first, second, ...repeats] = sentIds(sqs);
    expect(repeats).to.deep.equal([first, second]);
    expect(await count('outbox')).to.equal(0);
  });

  it('given changes of the order list that are lost, then its position is lost with them, and they are applied again', async () => {
    await withConnection(server.url, (one) =>
      one.query(
        `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at)
         SELECT gen_random_uuid(), 'c', 'c', 'EUR', 1, 'SHIPPED', 1, '{}', now(), now() FROM generate_series(1, 5)`,
      ),
    );
    const { rows } = await db.query<{ order_id: string }>('SELECT order_id FROM orders');
    for (const { order_id: orderId } of rows) await append(orderId, 1, null);
    while ((await giveFeedPositions(db)) > 0);
    await server.pauseWalWriter();
    expect(await orderListUpdating(db)()).to.equal('applied');
    expect(await count('order_list')).to.equal(5);
    await crash();
    expect(await count('order_list'), 'the lost commit').to.equal(0);
    expect(await orderListUpdating(db)()).to.equal('applied');
    expect(await count('order_list')).to.equal(5);
    expect(await count('order_checks')).to.equal(5);
  });

  it('given a change that was acknowledged, then it survives', async () => {
    await server.pauseWalWriter();
    await append(randomUUID(), 1);
    await crash();
    expect(await count('events')).to.equal(1);
    expect(await count('outbox')).to.equal(1);
  });

  async function crash(): Promise<void> {
    await server.crash();
    await db.stop();
    db = createDatabase(server.url, 'crash', LIMITS, silentLogger);
  }

  const append = (subjectId: string, version: number, queue: string | null = ORDERS_QUEUE): Promise<void> =>
    db.transaction((tx) =>
      appendEvents(tx, [
        {
          ...testSubject(subjectId),
          ...{
            actor: 'test',
            correlationId: 'c',
            traceparent: 't',
            type: 'TESTED',
            payload: {},
            version,
            queue,
          },
          ...{ eventId: randomUUID(), occurredAt: new Date() },
        },
      ]),
    );

  async function count(table: string): Promise<number> {
    const { rows } = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return rows[0]!.count;
  }
});

const sentIds = (sqs: ReturnType<typeof fakeSqs>): string[] =>
  sqs.sent.map(({ MessageDeduplicationId: id }) => id);
