import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import {
  createEventWaiters,
  type EventWaiters,
  type WaitOutcome,
  type WaitRequest,
} from '../../../src/order-service/orders/use-cases/event-waiters';
import { latestCursor } from '../../../src/shared/event-log/event-feed';
import { FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { type Database } from '../../../src/shared/postgres/queryable';
import { backUp } from '../../support/database-backup';
import { feedScene, type FeedScene } from '../../support/feed-scene';
import { rowsOf } from '../../support/rows';

const LONG_MS = 600_000;

describe('the readers that wait for events', () => {
  let scene: FeedScene;
  let waiters: EventWaiters;
  let statements: number;
  let urgent: number;
  beforeEach(async () => {
    scene = await feedScene();
    statements = urgent = 0;
    const counting: Database = {
      ...scene.db,
      transaction: (work, options) =>
        scene.db.transaction((tx) => {
          const query = (...args: Parameters<typeof tx.query>) => {
            statements += 1;
            return tx.query(...args);
          };
          return work({ ...tx, query } as typeof tx);
        }, options),
    };
    waiters = createEventWaiters(counting, () => (urgent += 1));
  });
  afterEach(async () => {
    waiters.end();
    await scene.stop();
  });

  const wait = (
    request: Partial<WaitRequest> = {},
    ms = LONG_MS,
    signal = new AbortController().signal,
  ): Promise<WaitOutcome> =>
    waiters.wait({ after: FEED_START, owner: 'shop', filter: {}, ...request }, ms, signal);

  /** The outcome, or null while the reader waits. */
  const stateOf = (waiting: Promise<WaitOutcome>): Promise<WaitOutcome | null> =>
    Promise.race([waiting, Promise.resolve(null)]);

  async function write(owner: string, orderId: string = randomUUID(), version = 1, type = 'ORDER_CREATED') {
    await scene.write({ owner, subjectId: orderId, version, subjectType: 'order', type });
    await scene.sequence();
    return orderId;
  }

  it('given 500 waiting readers, then a step is one statement, and only those that an event concerns have to read', async () => {
    const mine = randomUUID();
    const waits = Array.from({ length: 500 }, (_, n) =>
      wait({ owner: n < 499 ? 'shop' : null, filter: n === 0 ? { orderId: mine } : {} }),
    );
    expect(await waiters.step()).to.equal('read');
    expect([statements, urgent]).to.deep.equal([1, 1]);
    await write('other');
    expect(await waiters.step()).to.equal('read');
    expect(statements).to.equal(2);
    expect(await waits[499]).to.include({ mayMatch: true });
    const before = await latestCursor(scene.db);
    await write('shop', mine);
    await waiters.step();
    expect(statements).to.equal(3);
    for (const outcome of await Promise.all(waits.slice(0, 499)))
      expect(outcome).to.deep.equal({ cursor: before, mayMatch: true });
    expect(await waiters.step()).to.equal('nothing');
    expect(statements).to.equal(3);
  });

  it('given events that do not match, then the cursor has passed them when the time is over, the caller leaves or the process stops', async () => {
    const caller = new AbortController();
    const filter = { orderId: randomUUID() };
    const waits = [wait({ filter }, 1), wait({ filter }, LONG_MS, caller.signal), wait({ filter }, LONG_MS)];
    await write('shop');
    await waiters.step();
    const cursor = await latestCursor(scene.db);
    expect((await waits[0]!).mayMatch).to.equal(false);
    caller.abort();
    expect(await waits[1]).to.deep.equal({ cursor, mayMatch: false });
    expect(await stateOf(waits[2]!)).to.equal(null);
    waiters.end();
    expect(await waits[2]).to.deep.equal({ cursor, mayMatch: false });
    expect(await wait({ after: cursor })).to.deep.equal({ cursor, mayMatch: false });
    expect(await wait({ after: cursor }, LONG_MS, caller.signal)).to.deep.equal({ cursor, mayMatch: false });
  });

  it('given filters by type and by customer, then other events do not wake the reader', async () => {
    const [ada, bob] = [await placed('ada'), await placed('bob')];
    const ofAda = wait({ filter: { customerId: 'ada' } });
    const delivered = wait({ filter: { types: ['order.delivered'] } });
    await write('shop', bob);
    await waiters.step();
    expect([await stateOf(ofAda), await stateOf(delivered)]).to.deep.equal([null, null]);
    await write('shop', ada);
    await waiters.step();
    expect(await ofAda).to.include({ mayMatch: true });
    expect(await stateOf(delivered)).to.equal(null);
    await scene.write({
      subjectId: ada,
      version: 2,
      subjectType: 'order',
      type: 'ORDER_STATUS_CHANGED',
      payload: { status: 'DELIVERED' },
    });
    await scene.sequence();
    await waiters.step();
    expect(await delivered).to.include({ mayMatch: true });
  });

  it('given a reader that begins to wait behind events that the others have passed, then it reads again after the next step', async () => {
    void wait();
    await write('other');
    await waiters.step();
    const late = wait({ owner: 'other' });
    expect(urgent).to.equal(2);
    expect(await stateOf(late)).to.equal(null);
    await waiters.step();
    expect(await late).to.deep.equal({ cursor: FEED_START, mayMatch: true });
  });

  it('given more events than a step reads, then the next step follows at once, and no reader misses any', async () => {
    const orderId = randomUUID();
    const last = wait({ filter: { orderId } });
    for (let n = 0; n < 3; n += 1)
      await rowsOf(
        scene.url,
        `INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
         SELECT gen_random_uuid(), 'order', gen_random_uuid(), 'shop', 1, 'ORDER_CREATED', '{}', 'c', 'c', 't', now() FROM generate_series(1, 200)`,
      );
    await write('shop', orderId);
    expect(await waiters.step()).to.equal('more');
    expect(await stateOf(last)).to.equal(null);
    expect(await waiters.step()).to.equal('read');
    expect((await last).cursor.position).to.equal('500');
  });

  it('given an older backup that is restored while readers wait, then they read again, and later ones wait as usual', async () => {
    await write('shop');
    const backup = await backUp(scene.url);
    await write('shop');
    const waiting = wait({ after: await latestCursor(scene.db) });
    await waiters.step();
    await backup.restore();
    expect(await waiters.step()).to.equal('read');
    expect(await waiting).to.include({ mayMatch: true });
    const next = wait({ after: await latestCursor(scene.db) });
    await waiters.step();
    expect(await stateOf(next)).to.equal(null);
    await write('shop');
    await waiters.step();
    expect(await next).to.include({ mayMatch: true });
  });

  /** An order without events. */
  async function placed(customer: string): Promise<string> {
    const [row] = await rowsOf<{ order_id: string }>(
      scene.url,
      `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
       VALUES (gen_random_uuid(), 'shop', $1, 'USD', 1, 'PENDING_SHIPMENT', 1, '{}', now(), now(), now()) RETURNING order_id`,
      [customer],
    );
    return row!.order_id;
  }
});
