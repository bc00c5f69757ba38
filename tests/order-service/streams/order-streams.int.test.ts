import { expect } from 'chai';
import { type ApiClient, send } from '../../support/api-client';
import { type EventListener, listen } from '../../support/event-listener';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('streams of server-sent events', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  let shop: ApiClient;
  const open: EventListener[] = [];
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '100' } });
    shop = await pair.client();
  });
  after(() => pair.stop());
  afterEach(() => open.splice(0).forEach((listener) => listener.close()));

  async function hear(path: string, token = shop.token, headers = {}): Promise<EventListener> {
    const listener = await listen(pair.orderUrl + path, token, headers);
    open.push(listener);
    return listener;
  }
  const place = async (body = {}): Promise<string> =>
    (await shop.post('/orders', orderBody(body))).body.order_id as string;
  /** A cursor before the events of every order. */
  const startOfFeed = async (): Promise<string> =>
    (await shop.get('/events?limit=1')).body.next_cursor as string;
  const delivered = (orderId: string) =>
    eventually(async () => {
      const { body } = await shop.get(`/orders/${orderId}`);
      expect(body.status).to.equal('DELIVERED');
    }, 20_000);

  it('given a new order, then its stream has the present state, each later version once, and ends with its final status', async () => {
    const orderId = await place();
    const listener = await hear(`/orders/${orderId}/events`);
    await listener.untilEnded();
    const versions = listener.messages.slice(0, -1).map(({ data }) => data.version);
    expect(versions).to.deep.equal(versions.map((_, index) => versions[0]! + index));
    expect(versions.at(-1)).to.equal(5);
    expect(listener.messages.at(-1)).to.deep.include({ name: 'order_ended', id: undefined });
    expect(listener.messages.at(-2)!.data.data.order).to.deep.equal(
      (await shop.get(`/orders/${orderId}`)).body,
    );
    expect(listener.headers.get('content-type')).to.match(/^text\/event-stream/);
    expect(listener.headers.get('cache-control')).to.equal('no-cache, no-transform');
    expect(listener.headers.get('x-accel-buffering')).to.equal('no');
  });

  it('given an ended order, then 204 behind its last event, and the missed events behind an earlier one', async () => {
    const orderId = await place();
    await delivered(orderId);
    const first = await hear(`/orders/${orderId}/events`);
    await first.untilEnded();
    expect(first.messages.map(({ name }) => name)).to.deep.equal(['order.delivered', 'order_ended']);
    const path = `/orders/${orderId}/events`;
    const again = await shop.get(path, { 'Last-Event-ID': first.lastId()! });
    expect([again.status, again.text]).to.deep.equal([204, '']);
    const feed = await shop.get(`/events?order_id=${orderId}&limit=2`);
    const missed = await hear(`${path}?after=${feed.body.next_cursor}`);
    await missed.untilEnded();
    expect(missed.messages.map(({ name }) => name)).to.deep.equal([
      'order.in_transit',
      'order.out_for_delivery',
      'order.delivered',
      'order_ended',
    ]);
    expect((await shop.get(path, { 'Last-Event-ID': missed.lastId()! })).status).to.equal(204);
  });

  it('given a stream that begins with the present state, then no cursor comes before it', async () => {
    const orderId = await place();
    await delivered(orderId);
    const stream = await hear(`/orders/${orderId}/events`);
    await stream.untilEnded();
    expect([stream.comments, stream.messages.map(({ name }) => name)]).to.deep.equal([
      [],
      ['order.delivered', 'order_ended'],
    ]);
    const resumed = await hear(`/orders/${orderId}/events?after=${await startOfFeed()}`);
    await resumed.untilEnded();
    expect(resumed.comments).to.have.length(1);
  });

  it('given the header and the query, then the header decides', async () => {
    const orderId = await place();
    const start = (await shop.get('/events?after=latest')).body.next_cursor as string;
    await delivered(orderId);
    const ended = await hear(`/orders/${orderId}/events`);
    await ended.untilEnded();
    const header = { 'Last-Event-ID': ended.lastId()! };
    const answer = await shop.get(`/orders/${orderId}/events?after=${start}`, header);
    expect(answer.status).to.equal(204);
  });

  it('given the stream of all orders, then it begins now, and resumes behind the last id without gap or repeat', async () => {
    const first = await hear('/orders/events');
    const orderIds = await Promise.all([place(), place(), place()]);
    await first.until(4);
    first.close();
    await Promise.all(orderIds.map(delivered));
    const second = await hear('/orders/events', shop.token, { 'Last-Event-ID': first.lastId()! });
    const all = await eventually(() => {
      const heard = [...first.versions(), ...second.versions()].filter((text) =>
        orderIds.some((orderId) => text.startsWith(orderId)),
      );
      expect(heard).to.have.length.at.least(15);
      return heard;
    });
    for (const orderId of orderIds)
      expect(all.filter((text) => text.startsWith(orderId))).to.deep.equal(
        [1, 2, 3, 4, 5].map((version) => `${orderId} ${version}`),
      );
    expect(all).to.have.length(15);
  });

  it('given filters, then only the matching events are sent', async () => {
    const listeners = await Promise.all([
      hear('/orders/events?customer_id=grace'),
      hear('/orders/events?types=order.shipped,order.delivered'),
      hear('/orders/events?status=IN_TRANSIT'),
    ]);
    const graces = await place({ customer_id: 'grace' });
    const other = await place({ customer_id: 'ada' });
    await Promise.all([delivered(graces), delivered(other)]);
    const [ofGrace, ofTypes, ofStatus] = listeners as [EventListener, EventListener, EventListener];
    await Promise.all([ofGrace.until(5), ofTypes.until(4), ofStatus.until(2)]);
    expect(new Set(ofGrace.messages.map(({ data }) => data.order_id))).to.deep.equal(new Set([graces]));
    expect(ofTypes.messages.map(({ name }) => name)).to.have.members([
      'order.shipped',
      'order.delivered',
      'order.shipped',
      'order.delivered',
    ]);
    expect(ofStatus.messages.map(({ data }) => data.data.order.status)).to.deep.equal([
      'IN_TRANSIT',
      'IN_TRANSIT',
    ]);
  });

  it('given another shop, then 404 and none of the events; an operator receives them all', async () => {
    const [other, operator] = [await pair.client('demo-other'), await pair.client('demo-operator')];
    const ofOther = await hear('/orders/events', other.token);
    const ofOperator = await hear('/orders/events', operator.token);
    const mine = await place();
    const answer = await other.get(`/orders/${mine}/events`);
    expect([answer.status, answer.body.code]).to.deep.equal([404, 'order_not_found']);
    const theirs = (await other.post('/orders', orderBody())).body.order_id as string;
    await ofOperator.until(10);
    await ofOther.until(5);
    expect(new Set(ofOperator.messages.map(({ data }) => data.order_id))).to.deep.equal(
      new Set([mine, theirs]),
    );
    expect(new Set(ofOther.messages.map(({ data }) => data.order_id))).to.deep.equal(new Set([theirs]));
    const one = await hear(`/orders/${mine}/events`, operator.token);
    await one.untilEnded();
  });

  it('given text that is no cursor, then 400; given HEAD, then the headers only', async () => {
    const orderId = await place();
    for (const [path, headers] of [
      ['/orders/events?after=x', {}],
      [`/orders/${orderId}/events`, { 'Last-Event-ID': 'x' }],
    ] as const) {
      const { status, body } = await shop.get(path, headers);
      expect([status, body.code]).to.deep.equal([400, 'invalid_cursor']);
    }
    const url = `${pair.orderUrl}/orders/events`;
    const head = await send(url, 'HEAD', undefined, { Authorization: `Bearer ${shop.token}` });
    expect([head.status, head.headers.get('content-type')?.split(';')[0]]).to.deep.equal([
      200,
      'text/event-stream',
    ]);
  });
});
