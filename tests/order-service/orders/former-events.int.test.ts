import { expect } from 'chai';
import { toOrderResource } from '../../../src/order-service/orders/domain/order-resource';
import { findOrder } from '../../../src/order-service/orders/store/order-store';
import {
  type FedEvent,
  latestEventOfOrder,
  readPublicEvents,
  resumePublicEvents,
} from '../../../src/order-service/orders/use-cases/read-public-events';
import { isOrderEvent } from '../../../src/shared/contracts/public-event';
import { groupBy } from '../../../src/shared/group-by';
import { FEED_START, type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { feedScene, type FeedScene } from '../../support/feed-scene';
import { rowsOf } from '../../support/rows';
import { type FormerOrder, formerOrder, type Row, tablesOf } from '../../support/upgrade/former-rows';
import { LIVES } from '../../support/upgrade/lives';

const METADATA = { channel: 'web', note: 'n' };

/** Earlier releases logged neither the metadata nor the state of a cancellation. */
function withoutLaterMembers(event: Row): Row {
  const payload = Object.entries(event['payload'] as Row);
  const isLater = (name: string): boolean => name === 'metadata' || name === 'cancellation';
  return { ...event, payload: Object.fromEntries(payload.filter(([name]) => !isLater(name))) };
}

describe('public events of orders whose events an earlier release wrote', () => {
  let scene: FeedScene;
  beforeEach(async () => (scene = await feedScene()));
  afterEach(() => scene.stop());

  const insert = async (table: string, rows: readonly Row[]): Promise<void> => {
    for (const row of rows) {
      const columns = Object.keys(row).join(', ');
      await rowsOf(
        scene.url,
        `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_record(NULL::${table}, $1)`,
        [JSON.stringify(row)],
      );
    }
  };

  /** Writes one order of each life. */
  async function writeFormerOrders(): Promise<FormerOrder[]> {
    const orders = LIVES.map((life, n) =>
      formerOrder(life, `former-${String(n)}`, 'shop', Date.now() - 60_000 + n),
    );
    await insert(
      'orders',
      orders.map(({ order }) => ({ ...order, metadata: METADATA })),
    );
    await insert(
      'order_items',
      orders.map(({ item }) => item),
    );
    await insert(
      'events',
      tablesOf(orders.flatMap(({ orderEvents }) => orderEvents)).events.map(withoutLaterMembers),
    );
    await scene.sequence();
    return orders;
  }

  async function readAll(from: FeedCursor): Promise<FedEvent[]> {
    const events: FedEvent[] = [];
    for (let after = from; ;) {
      const page = await readPublicEvents(scene.db, { after, owner: 'shop', limit: 7 });
      if ('gone' in page) throw new Error(`the feed is ${page.gone}`);
      events.push(...page.events);
      if (!page.hasMore) return events;
      after = page.next;
    }
  }

  async function expectAsOrders(orders: readonly FormerOrder[], fed: readonly FedEvent[]): Promise<void> {
    const ofOrders = groupBy(fed.map(({ event }) => event).filter(isOrderEvent), (event) => event.order_id);
    for (const { orderId, orderEvents, life } of orders) {
      const events = ofOrders.get(orderId) ?? [];
      expect(events.map(({ version }) => version)).to.deep.equal(orderEvents.map((_, index) => index + 1));
      const order = toOrderResource((await findOrder(scene.db, orderId, 'shop'))!);
      expect(order.metadata).to.deep.equal(METADATA);
      expect(events.at(-1)!.data.order, JSON.stringify(life)).to.deep.equal(order);
      for (const { data } of events) expect(data.order.metadata).to.deep.equal(METADATA);
      const hasType = (type: string): boolean => events.some((event) => event.type === type);
      expect(hasType('order.cancellation_requested')).to.equal(life.isCancelRequested === true);
      expect(hasType('order.cancelled')).to.equal(order.status === 'CANCELLED');
      expect(await latestEventOfOrder(scene.db, { orderId, owner: 'shop' })).to.deep.include({
        event: events.at(-1),
        owner: 'shop',
      });
    }
  }

  it('given a migration that ran before, then each event is public, with the members that it lacks', async () => {
    const orders = await writeFormerOrders();
    await expectAsOrders(orders, await readAll(FEED_START));
  });

  it('given a migration that runs after them, then the public events begin behind them, and later events of the same orders are whole', async () => {
    const orders = await writeFormerOrders();
    await rowsOf(
      scene.url,
      'UPDATE public_event_start SET position = (SELECT max(position) FROM event_feed)',
    );
    const start = await resumePublicEvents(scene.db, FEED_START);
    if (!('gone' in start)) throw new Error('the start is valid');
    expect(start.gone).to.equal('pruned');
    expect(await readPublicEvents(scene.db, { after: FEED_START, owner: null, limit: 1 })).to.deep.equal(
      start,
    );
    expect(await readAll(start.earliest)).to.deep.equal([]);
    const requested = orders.find(
      ({ order }) => order['cancellation'] === 'requested' && order['version'] === 2,
    )!;
    const [status, version] = ['CANCELLED', 3];
    await rowsOf(
      scene.url,
      `UPDATE orders SET status = $2, version = $3, cancellation = 'confirmed' WHERE order_id = $1`,
      [requested.orderId, status, version],
    );
    const payload = { previous_status: 'PENDING_SHIPMENT', status, carrier: null, shipment_version: 2 };
    await insert('events', [
      {
        ...tablesOf(requested.orderEvents).events[0],
        event_id: requested.orderId,
        version,
        type: 'ORDER_STATUS_CHANGED',
        payload,
      },
    ]);
    await scene.sequence();
    const [fed, ...others] = await readAll(start.earliest);
    expect(others).to.deep.equal([]);
    expect(fed!.event).to.include({ type: 'order.cancelled', version });
    expect(fed!.event.data).to.deep.equal({
      order: toOrderResource((await findOrder(scene.db, requested.orderId, 'shop'))!),
    });
  });
});
