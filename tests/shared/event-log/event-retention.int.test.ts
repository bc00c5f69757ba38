import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { eventsOf } from '../../../src/shared/event-log/read-events';
import { eventPruning } from '../../../src/shared/event-log/prune-events';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { expiredPruning as deliveryPruning } from '../../../src/delivery-service/services/prune-expired';
import { expiredOrderPruning } from '../../../src/order-service/orders/use-cases/prune-expired';
import { findLastKnownShipment } from '../../../src/order-service/orders/store/order-view-store';
import { type Queryable } from '../../../src/shared/postgres/queryable';
import { createTestDatabase } from '../../support/databases';
import { countRows, rowsOf } from '../../support/rows';

const KEEP = 30;

/** For each order: its events' types, days since its last change, days since its publication (null: never), and its status. */
interface Case {
  status: string;
  changed: number;
  published: number | null;
  types: string[];
  left: number[];
}

const LIFE = ['ORDER_CREATED', 'ORDER_STATUS_CHANGED', 'ORDER_STATUS_CHANGED'];

const ORDER_CASES: Record<string, Case> = {
  'delivered long ago': { status: 'DELIVERED', changed: 40, published: 40, types: LIFE, left: [3] },
  'cancelled long ago, before it had a shipment': {
    status: 'CANCELLED',
    changed: 40,
    published: 40,
    types: ['ORDER_CREATED', 'ORDER_CANCEL_REQUESTED'],
    left: [],
  },
  'delivered recently': { status: 'DELIVERED', changed: 20, published: 40, types: LIFE, left: [1, 2, 3] },
  'not yet delivered': { status: 'IN_TRANSIT', changed: 400, published: 400, types: LIFE, left: [1, 2, 3] },
  'delivered, but its events were never published': {
    status: 'DELIVERED',
    changed: 40,
    published: null,
    types: LIFE,
    left: [1, 2, 3],
  },
  'delivered, and its events sent again recently': {
    status: 'DELIVERED',
    changed: 40,
    published: 5,
    types: LIFE,
    // The second event is internal: it is not published to any queue.
    left: [1, 3],
  },
};

describe('the retention of events', () => {
  describe('of the Order Service', () => {
    let url: string;
    beforeEach(async () => (url = await createTestDatabase('order-service')));

    const prune = (days: number): Promise<number> => withConnection(url, (db) => stepOf(db, days)());

    const placed = (one: Case): Promise<string> => insertOrder(url, one);

    /** Repeated steps of housekeeping. */
    function stepOf(db: Queryable, days: number): () => Promise<number> {
      const prunings = expiredOrderPruning(db, days);
      return async () => {
        let removed = 0;
        for (const pruneSome of prunings) removed += await pruneSome();
        return removed;
      };
    }

    for (const [name, one] of Object.entries(ORDER_CASES))
      it(`given an order ${name}, then the events with the versions ${JSON.stringify(one.left)} are left`, async () => {
        const orderId = await placed(one);
        await prune(KEEP);
        const events = await withConnection(url, (db) => eventsOf(db, orderId));
        expect(events.map(({ version }) => version)).to.deep.equal(one.left);
      });

    it('given no retention, then no event is removed', async () => {
      await placed(ORDER_CASES['delivered long ago']!);
      expect(await prune(0)).to.equal(0);
      expect(await countRows(url, 'events')).to.equal(LIFE.length);
    });

    it('given an order whose events were removed, then its shipment is still known, and its next event has the next version', async () => {
      const orderId = await placed(ORDER_CASES['delivered long ago']!);
      const known = () => withConnection(url, (db) => findLastKnownShipment(db, orderId, null));
      const before = await known();
      expect(await prune(KEEP)).to.equal(2);
      expect(await known()).to.deep.equal(before);
      expect(before).to.include({ shipmentId: 's3', attempts: 3 });
      await insertEvents(url, orderId, ['ORDER_STATUS_CHANGED'], 0, 4);
      expect(await prune(KEEP)).to.equal(1);
    });

    it('given products and stock, then their old events are removed, except the latest of each, whatever the others of the log', async () => {
      const [old, changed, recent] = [uuidv7(), uuidv7(), uuidv7()];
      await insertSubject(url, 'product', old, [400, 300, 40]);
      await insertSubject(url, 'stock', changed, [400, 40, 20, 1]);
      await insertSubject(url, 'stock', recent, [20, 1]);
      await placed(ORDER_CASES['delivered long ago']!);
      expect(await prune(KEEP)).to.equal(6);
      const left = (id: string) => withConnection(url, (db) => eventsOf(db, id));
      expect((await left(old)).map(({ version }) => version)).to.deep.equal([3]);
      expect((await left(changed)).map(({ version }) => version)).to.deep.equal([3, 4]);
      expect((await left(recent)).map(({ version }) => version)).to.deep.equal([1, 2]);
    });

    it('given more removable events than a batch, after more events to keep, then all are removed in several steps', async () => {
      await rowsOf(
        url,
        `WITH placed AS (
           INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
           SELECT gen_random_uuid(), 'c', 'c', 'USD', 1, CASE WHEN n <= 2500 THEN 'SHIPPED' ELSE 'DELIVERED' END, 1, '{}',
                  now() - interval '50 days', now() - interval '40 days', now()
             FROM generate_series(1, 5000) n RETURNING order_id, status)
         INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
         SELECT gen_random_uuid(), 'order', order_id, 'c', 1, 'ORDER_CREATED', '{}', 'c', 'c', 't', now() - interval '50 days'
           FROM placed ORDER BY status DESC`,
      );
      await withConnection(url, async (db) => {
        const step = stepOf(db, KEEP);
        const steps: number[] = [];
        while (steps.length === 0 || steps.at(-1)! > 0) steps.push(await step());
        expect(steps.reduce((sum, removed) => sum + removed, 0)).to.equal(2500);
        expect(Math.max(...steps)).to.be.at.most(2000);
      });
      expect(await countRows(url, 'events')).to.equal(2500);
    });
  });

  it('given a shipment, then its events are removed long after its final status, and kept while its order may need them', async () => {
    const url = await createTestDatabase('delivery-service');
    const cases: [status: string, changed: number, published: number | null, left: number][] = [
      ['DELIVERED', 40, 40, 0],
      ['DELIVERED', 20, 40, 2],
      ['IN_TRANSIT', 400, 400, 2],
      ['RETURNED', 40, null, 2],
    ];
    for (const [status, changed, published, left] of cases) {
      const orderId = uuidv7();
      await rowsOf(
        url,
        `INSERT INTO shipments (shipment_id, order_id, client_id, customer_id, items, status, version, correlation_id, traceparent, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, 'c', 'c', '[]', $2, 2, 'c', 't', now(), now() - make_interval(days => $3))`,
        [orderId, status, changed],
      );
      await insertEvents(url, orderId, ['SHIPMENT_STATUS_CHANGED', 'SHIPMENT_STATUS_CHANGED'], published);
      await withConnection(url, (db) =>
        deliveryPruning(db, { INBOX_RETENTION_DAYS: 40, EVENT_RETENTION_DAYS: KEEP })(),
      );
      expect(await countRows(url, 'events', `order_id = '${orderId}'`), status).to.equal(left);
    }
  });

  it('given a log that was scanned to its recent end, then pruning pauses until the next scan', async () => {
    let batches = 0;
    const step = eventPruning(KEEP, () => {
      batches += 1;
      return Promise.resolve({ removed: batches === 1 ? 7 : 0, last: '9', isYoung: true });
    });
    expect([await step(), await step(), batches]).to.deep.equal([7, 0, 1]);
  });
});

async function insertOrder(url: string, { status, changed, published, types }: Case): Promise<string> {
  const orderId = uuidv7();
  await rowsOf(
    url,
    `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, carrier,
                         created_at, updated_at, checked_at)
     VALUES ($1, 'c', 'c', 'USD', 1, $2, $3, '{}', 'UPS', now(), now() - make_interval(days => $4), now())`,
    [orderId, status, types.length, changed],
  );
  await insertEvents(url, orderId, types, published);
  return orderId;
}

/** Events of a subject, each that many days old. */
async function insertSubject(
  url: string,
  subjectType: string,
  subjectId: string,
  ages: readonly number[],
): Promise<void> {
  for (const [index, days] of ages.entries())
    await rowsOf(
      url,
      `INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
       VALUES (gen_random_uuid(), $1, $2, 'c', $3, 'CHANGED', '{}', 'c', 'c', 't', now() - make_interval(days => $4))`,
      [subjectType, subjectId, index + 1, days],
    );
}

async function insertEvents(
  url: string,
  orderId: string,
  types: readonly string[],
  published: number | null,
  firstVersion = 1,
): Promise<void> {
  for (const [index, type] of types.entries())
    await rowsOf(
      url,
      `WITH logged AS (
         INSERT INTO events (event_id, subject_type, subject_id, owner, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at)
         VALUES (gen_random_uuid(), 'order', $1, 'c', $1, $2::int, $3,
                 jsonb_build_object('shipment_id', 's' || $2::int, 'attempts', $2::int), 'c', 'c', 't', now() - interval '400 days')
         RETURNING seq, subject_id, version, type),
       published AS (
         INSERT INTO publications
         SELECT seq, 0, now() - make_interval(days => $4::int) FROM logged WHERE $4::int IS NOT NULL AND type <> 'ORDER_STATUS_CHANGED')
       INSERT INTO outbox (seq, subject_id, version, queue)
       SELECT seq, subject_id, version, 'q' FROM logged WHERE $4::int IS NULL`,
      [orderId, firstVersion + index, type, published],
    );
}
