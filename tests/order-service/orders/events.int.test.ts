import { expect } from 'chai';
import { cursorBehind, encodeFeedCursor, FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { type AnyEvent } from '../../support/any-event';
import { type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { groupBy } from '../../../src/shared/group-by';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const ENDS = ['DELIVERED', 'RETURNED', 'CANCELLED'];
const UNKNOWN_ID = '0190a0a0-0000-7000-8000-00000000abcd';

/** Every event behind a cursor, read in pages, and the last cursor. */
async function readAll(client: ApiClient, query: Record<string, string> = {}) {
  const events: AnyEvent[] = [];
  for (let next: Record<string, string> = query; ;) {
    const { status, body, text } = await client.get(`/events?${new URLSearchParams(next).toString()}`);
    expect(status, text).to.equal(200);
    events.push(...(body.data as AnyEvent[]));
    if (!body.has_more) return { events, cursor: body.next_cursor as string };
    next = { ...query, after: body.next_cursor as string };
  }
}

describe('GET /events', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let other: ApiClient;
  let operator: ApiClient;
  const ids: { shop: string[]; other: string[] } = { shop: [], other: [] };

  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '20', SIMULATED_FAILURE_RATE: '0.4' } });
    [shop, other, operator] = await Promise.all([
      pair.client('demo-client'),
      pair.client('demo-other'),
      pair.client('demo-operator'),
    ]);
    for (let n = 0; n < 12; n += 1) {
      ids.shop.push(
        await place(shop, { customer_id: n % 2 === 0 ? 'ada' : 'bob', metadata: { n: String(n) } }),
      );
      if (n % 3 === 0) ids.other.push(await place(other, { customer_id: 'ada', metadata: { n: String(n) } }));
      if (n % 4 === 0) await shop.post(`/orders/${ids.shop[n]}/cancel`);
    }
    await untilAllEnded();
  });
  after(() => pair.stop());

  async function place(client: ApiClient, members: Record<string, unknown>): Promise<string> {
    const { status, body } = await client.post('/orders', orderBody(members));
    expect(status).to.equal(201);
    return body.order_id as string;
  }

  /** Also until every event has a position. */
  async function untilAllEnded(): Promise<void> {
    await eventually(async () => {
      const [row] = await rowsOf<{ open: number; unplaced: number }>(
        pair.environment['ORDER_DATABASE_URL']!,
        `SELECT (SELECT count(*) FROM orders WHERE status <> ALL ($1))::int AS open,
                ((SELECT count(*) FROM events) - (SELECT count(*) FROM event_feed))::int AS unplaced`,
        [ENDS],
      );
      expect(row).to.deep.equal({ open: 0, unplaced: 0 });
    }, 60_000);
  }

  const orderOf = async (client: ApiClient, id: string) => (await client.get(`/orders/${id}`)).body as object;

  it('given two shops, then each reads every version of its own orders in order, and the last event has the order as it is', async () => {
    for (const [client, orderIds] of [
      [shop, ids.shop],
      [other, ids.other],
    ] as const) {
      const { events } = await readAll(client, { limit: '7' });
      const ofOrders = groupBy(events, (event) => event.order_id);
      expect([...ofOrders.keys()]).to.have.members(orderIds);
      for (const [orderId, ofOrder] of ofOrders) {
        expect(ofOrder.map(({ version }) => version)).to.deep.equal(ofOrder.map((_, index) => index + 1));
        expect(ofOrder[0]!.type).to.equal('order.created');
        expect(ofOrder.at(-1)!.data.order).to.deep.equal(await orderOf(client, orderId));
      }
    }
  });

  it('given an operator, then the feed has the events of all owners', async () => {
    const { events } = await readAll(operator);
    const all = [...(await readAll(shop)).events, ...(await readAll(other)).events];
    expect(events.map(({ id }) => id)).to.have.members(all.map(({ id }) => id));
    expect((await readAll(operator, { order_id: ids.other[0]! })).events.length).to.be.at.least(3);
  });

  it('given filters, then exactly the matching events are read, whatever the size of the page', async () => {
    const { events: all } = await readAll(shop);
    const [id] = ids.shop;
    const filters: [query: Record<string, string>, isMatch: (event: AnyEvent) => boolean][] = [
      [{ order_id: id! }, (event) => event.order_id === id],
      [{ customer_id: 'ada' }, ({ data }) => data.order.customer_id === 'ada'],
      [{ types: 'order.created' }, ({ type }) => type === 'order.created'],
      [{ types: 'order.cancelled,order.delivered' }, ({ type }) => /cancelled|delivered/.test(type)],
      [
        { customer_id: 'bob', types: 'order.shipped' },
        ({ type, data }) => type === 'order.shipped' && data.order.customer_id === 'bob',
      ],
      [{ order_id: id!, types: 'order.returned', customer_id: 'bob' }, () => false],
    ];
    for (const [query, isMatch] of filters)
      for (const limit of ['1', '5', '100'])
        expect((await readAll(shop, { ...query, limit })).events).to.deep.equal(all.filter(isMatch));
    const repeated = await shop.get('/events?types=order.created&types=order.shipped');
    expect(repeated.body.data.map(({ type }: AnyEvent) => type)).to.include.members([
      'order.created',
      'order.shipped',
    ]);
  });

  it('given an order of another shop, or an unknown one, then there are no events, and the cursor advances', async () => {
    const { cursor: end } = await readAll(shop);
    for (const id of [ids.other[0]!, UNKNOWN_ID])
      expect(await readAll(shop, { order_id: id })).to.deep.equal({ events: [], cursor: end });
    expect(await readAll(shop, { after: end })).to.deep.equal({ events: [], cursor: end });
  });

  it('given after=latest, then only later events follow', async () => {
    const { body: now } = await shop.get('/events?after=latest');
    expect(now).to.include({ has_more: false }).and.to.have.property('data').that.deep.equals([]);
    const placed = await place(shop, { customer_id: 'cyd' });
    const { body } = await shop.get(`/events?after=${now.next_cursor}&wait=20`);
    expect(body.data[0]).to.include({ type: 'order.created', order_id: placed, version: 1 });
    await untilAllEnded();
  });

  it('given a malformed parameter, then it is named', async () => {
    for (const after of ['x', encodeFeedCursor(FEED_START).slice(1), '!'.repeat(22)]) {
      const { status, body } = await shop.get(`/events?after=${after}`);
      expect([status, body.code, body.errors[0].path]).to.deep.equal([400, 'invalid_cursor', 'after']);
    }
    for (const query of [
      'wait=21',
      'wait=-1',
      'limit=0',
      'limit=101',
      'types=order.eaten',
      'order_id=1',
      'x=1',
    ]) {
      const { status, body } = await shop.get(`/events?${query}`);
      expect([status, body.errors[0].path.split('[')[0]]).to.deep.equal([400, query.split('=')[0]]);
    }
  });

  it('given a cursor of another history, or events that were removed, then 410 with the earliest cursor, which works', async () => {
    const { events, cursor } = await readAll(shop);
    const beyond = encodeFeedCursor(cursorBehind('999999', events[0]!.id));
    expect(await goneOf(beyond)).to.deep.equal({
      code: 'history_changed',
      earliest: encodeFeedCursor(FEED_START),
    });
    const { body: first } = await operator.get('/events?limit=2');
    await rowsOf(pair.environment['ORDER_DATABASE_URL']!, 'DELETE FROM event_feed WHERE position < 10');
    const { code, earliest } = await goneOf(first.next_cursor as string);
    expect(code).to.equal('events_pruned');
    const { events: kept } = await readAll(shop, { after: earliest });
    expect(kept.length).to.be.greaterThan(0);
    expect(events.slice(-kept.length)).to.deep.equal(kept);
    expect((await readAll(shop)).events).to.deep.equal(kept);
    expect((await readAll(shop, { after: cursor })).events).to.deep.equal([]);
  });

  async function goneOf(after: string) {
    const { status, body } = await shop.get(`/events?after=${after}`);
    expect(status).to.equal(410);
    return { code: body.code as string, earliest: body.earliest_cursor as string };
  }
});
