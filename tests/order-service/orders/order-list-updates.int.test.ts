import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Pool } from 'pg';
import {
  orderListUpdating,
  type UpdateOrderList,
} from '../../../src/order-service/orders/use-cases/update-order-list';
import {
  checkOrderList,
  countEventsBehindList,
} from '../../../src/order-service/orders/use-cases/check-order-list';
import { listOrders } from '../../../src/order-service/orders/store/order-list';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { databaseOf } from '../../../src/shared/postgres/database';
import { type Database } from '../../../src/shared/postgres/queryable';
import { createReadPool, type ReadPool } from '../../../src/shared/postgres/read-pool';
import { createTestDatabase } from '../../support/databases';
import { arbitraryRequest, sortedIds, SORTS } from '../../support/list-requests';
import { catchUpOrderList } from '../../support/order-list';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

const STATUSES = ['SHIPPED', 'IN_TRANSIT', 'RETURNED', 'CANCELLED', 'DELIVERED'] as const;
const CLIENTS = ['demo-client', 'demo-other'] as const;

/** A step of a random history. `step` gives positions to events, `update` updates the list once, `catch up` does both to the end. */
const arbitraryStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      change: fc.nat(40),
      status: fc.constantFrom(...STATUSES),
      day: fc.integer({ min: 1, max: 170 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      place: fc.nat(3),
      client: fc.constantFrom(...CLIENTS),
      day: fc.integer({ min: 1, max: 170 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('give positions' as const, 'update' as const, 'catch up' as const),
  },
);

describe('the order list', () => {
  let url: string;
  let pool: Pool;
  let db: Database;
  let updateOrderList: UpdateOrderList;
  let reads: ReadPool;
  before(async () => {
    url = await createTestDatabase('order-service');
    pool = new Pool({ connectionString: url, max: 4 });
    db = databaseOf(pool);
    updateOrderList = orderListUpdating(db);
    reads = createReadPool(url, 'lists', READS, silentLogger);
  });
  after(() => Promise.all([pool.end(), reads.stop()]));
  const reader = { clientId: 'demo-client', signal: new AbortController().signal };

  it('given any history, however far the list has followed it, then every page equals the result of sorting all orders', async () => {
    const requests = fc.array(arbitraryRequest, { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryStep, { minLength: 1, maxLength: 25 }),
        requests,
        async (steps, asked) => {
          for (const step of steps) await take(step);
          for (const request of asked) {
            const found = await reads.read(reader, (tx) => listOrders(tx, request));
            expect(found.map(({ order }) => order.orderId)).to.deep.equal(
              await sortedIds(url, request, request.limit),
            );
          }
        },
      ),
      { numRuns: 25 },
    );
    await catchUpOrderList(url);
    expect(await differences()).to.deep.equal([]);
  });

  it('given two instances that update the list at once, then each event is applied, and the list equals the orders', async () => {
    for (let round = 0; round < 10; round += 1) {
      for (let n = 0; n < 20; n += 1)
        await take({ change: n, status: STATUSES[(n + round) % 5]!, day: 1 + n });
      await Promise.all([giveFeedPositions(db), updateOrderList(), updateOrderList(), giveFeedPositions(db)]);
    }
    await catchUpOrderList(url);
    expect(await differences()).to.deep.equal([]);
  });

  it('given thousands of events that the list has not followed, with or without a position, then lists are unavailable until it has', async () => {
    await take({ place: 1, client: 'demo-client', day: 5 });
    await catchUpOrderList(url);
    const request = { filter: {}, sort: SORTS[0]!, after: null, limit: 5, clientId: 'demo-client' };
    const listed = () => reads.read(reader, (tx) => listOrders(tx, request));
    const unavailable = async () => {
      const error = await thrownBy(listed());
      expect(error).to.include({ kind: 'unavailable', retryAfterSeconds: 1 });
      expect(String(await thrownBy(checkOrderList(db)))).to.contain('lists and exports are refused');
    };
    const { length } = await listed();
    await appendMany(5_001);
    await unavailable();
    while ((await giveFeedPositions(db)) > 0);
    await unavailable();
    await catchUpOrderList(url);
    expect(await listed()).to.have.length(length);
    await checkOrderList(db);
    expect(await countEventsBehindList(db)).to.equal(0);
  });

  it('given orders that end, then only open orders stay among those that the reconciler compares', async () => {
    await take({ place: 3, client: 'demo-client', day: 5 });
    await catchUpOrderList(url);
    const open = await countRows(url, 'orders', "status NOT IN ('DELIVERED', 'RETURNED', 'CANCELLED')");
    expect(open).to.be.greaterThan(0);
    expect(await countRows(url, 'order_checks')).to.equal(open);
    await db.transaction((tx) => {
      tx.send("UPDATE orders SET status = 'DELIVERED', version = version + 1");
    });
    for (const { order_id: id, version } of await rowsOf<{ order_id: string; version: number }>(
      url,
      'SELECT order_id, version FROM orders',
    ))
      await append(id, 'demo-client', version);
    await catchUpOrderList(url);
    expect(await countRows(url, 'order_checks')).to.equal(0);
  });

  type Step = typeof arbitraryStep extends fc.Arbitrary<infer T> ? T : never;

  async function take(step: Step): Promise<unknown> {
    if (step === 'give positions') return giveFeedPositions(db);
    if (step === 'update') return updateOrderList();
    if (step === 'catch up') return catchUpOrderList(url);
    if ('change' in step) return change(step.change, step.status, step.day);
    for (let n = 0; n <= step.place; n += 1) await place(step.client, step.day + n);
    return undefined;
  }

  async function place(client: string, day: number): Promise<void> {
    const orderId = randomUUID();
    await db.transaction((tx) => {
      tx.send(
        `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at)
         VALUES ($1, $2, (ARRAY['customer-0', 'customer-77', 'x'])[1 + $3 % 3], 'USD', 100 + $3 % 7, 'PENDING_SHIPMENT', 1, '{}', ${DAY}, ${DAY})`,
        [orderId, client, day],
      );
      tx.send(
        `INSERT INTO order_items VALUES ($1, 1, CASE WHEN $2::int % 2 = 0 THEN 'product-77' ELSE 'product-common' END, 1, 100)`,
        [orderId, day],
      );
      appendEvents(tx, [eventOf(orderId, client, 1)]);
    });
  }

  async function change(index: number, status: string, day: number): Promise<void> {
    const [order] = await rowsOf<{ order_id: string; client_id: string; version: number }>(
      url,
      'SELECT order_id, client_id, version FROM orders ORDER BY created_at, order_id OFFSET $1 LIMIT 1',
      [index],
    );
    if (!order) return;
    await db.transaction((tx) => {
      tx.send(
        `UPDATE orders SET status = $2, version = version + 1, updated_at = ${DAY} WHERE order_id = $1`,
        [order.order_id, status, day],
      );
      appendEvents(tx, [eventOf(order.order_id, order.client_id, order.version + 1)]);
    });
  }

  const append = (orderId: string, owner: string, version: number): Promise<void> =>
    db.transaction((tx) => appendEvents(tx, [eventOf(orderId, owner, version)]));

  /** Events of one order that change nothing. */
  async function appendMany(count: number): Promise<void> {
    const [order] = await rowsOf<{ order_id: string; version: number }>(
      url,
      "SELECT order_id, version FROM orders WHERE client_id = 'demo-client' ORDER BY created_at DESC LIMIT 1",
    );
    await db.transaction((tx) => {
      tx.send('UPDATE orders SET version = version + $2 WHERE order_id = $1', [order!.order_id, count]);
      appendEvents(
        tx,
        Array.from({ length: count }, (_, n) =>
          eventOf(order!.order_id, 'demo-client', order!.version + n + 1),
        ),
      );
    });
  }

  /** Orders whose row in the list differs. */
  const differences = (): Promise<unknown[]> =>
    rowsOf(
      url,
      `SELECT order_id FROM orders o FULL JOIN order_list l USING (order_id)
        WHERE (o.client_id, o.customer_id, o.status, o.total_amount, o.created_at, o.updated_at)
              IS DISTINCT FROM (l.client_id, l.customer_id, l.status, l.total_amount, l.created_at, l.updated_at)`,
    );
});

const DAY = `timestamptz '2026-01-01Z' + make_interval(days => $3::int)`;

const eventOf = (subjectId: string, owner: string, version: number) => ({
  eventId: randomUUID(),
  subjectType: 'order',
  subjectId,
  owner,
  version,
  type: 'TESTED',
  payload: {},
  occurredAt: new Date(),
  queue: null,
  actor: 'test',
  correlationId: 'c',
  traceparent: 't',
});

const READS = {
  DATABASE_POOL_MAX: 4,
  DATABASE_READ_POOL_MAX: 4,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 10_000,
  DATABASE_PREPARED_STATEMENTS: true,
};
