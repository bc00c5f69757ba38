import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type ApiClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';
import { openWebSocket, refusedWebSocket, type WebSocketClient } from '../../support/websocket-client';

describe('WebSockets of the Order Service', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let url: string;
  const clients: WebSocketClient[] = [];
  before(async () => {
    pair = await startServicePair({
      variables: { CARRIER: 'manual', CORS_ORIGINS: 'https://shop.example', WEBSOCKET_SUBSCRIPTIONS: '3' },
    });
    shop = await pair.client();
    url = `${pair.orderUrl}/ws`;
  });
  after(() => pair.stop());
  afterEach(() => clients.splice(0).forEach(({ socket }) => socket.terminate()));

  async function open(token = shop.token, protocols?: string[]): Promise<WebSocketClient> {
    const client = await openWebSocket(url, protocols ? { protocols } : { token });
    clients.push(client);
    return client;
  }

  async function subscribe(client: WebSocketClient, id: string, members: object = {}) {
    client.send({ action: 'subscribe', id, ...members });
    return client.next('subscribed', id);
  }

  const placeOrder = async (customer = 'ada', api = shop): Promise<string> =>
    (await api.post('/orders', orderBody({ customer_id: customer }), { 'Idempotency-Key': randomUUID() }))
      .body.order_id as string;

  it('given an order, then its subscription begins with its present state, and continues with its changes', async () => {
    const orderId = await placeOrder();
    const client = await open();
    await subscribe(client, 'order', { order_id: orderId.toUpperCase() });
    const { event } = await client.next('event', 'order');
    expect(event).to.include({ type: 'order.created', order_id: orderId, version: 1 });
    expect(event.data.order).to.deep.equal((await shop.get(`/orders/${orderId}`)).body);
    await shop.post(`/orders/${orderId}/cancel`);
    const next = await client.next('event', 'order');
    expect(next.event).to.include({ type: 'order.cancellation_requested', version: 2 });
  });

  it('given filters, then a subscription begins now, and two subscriptions receive what concerns each', async () => {
    await placeOrder('bob');
    // The order has a place in the feed, and the subscription begins behind it.
    expect((await shop.get('/events?customer_id=bob&wait=20')).body.data).to.have.length(1);
    const client = await open();
    await subscribe(client, 'bob', { customer_id: 'bob' });
    await subscribe(client, 'cancelled', { types: ['order.cancellation_requested'] });
    const [ofAda, ofBob] = [await placeOrder('ada'), await placeOrder('bob')];
    expect((await client.next('event', 'bob')).event).to.include({ order_id: ofBob, type: 'order.created' });
    await shop.post(`/orders/${ofAda}/cancel`);
    expect((await client.next('event', 'cancelled')).event).to.include({ order_id: ofAda, version: 2 });
    expect(client.messages.filter(({ kind }) => kind === 'event')).to.have.length(2);
  });

  it('given a cursor, then another connection continues behind it, and misses and repeats nothing', async () => {
    const first = await open();
    await subscribe(first, 'all', { customer_id: 'cleo' });
    const orderId = await placeOrder('cleo');
    const { cursor } = await first.next('event', 'all');
    first.socket.terminate();
    await shop.post(`/orders/${orderId}/cancel`);
    const next = await placeOrder('cleo');
    const second = await open();
    expect((await subscribe(second, 'all', { customer_id: 'cleo', after: cursor })).cursor).to.equal(cursor);
    await subscribe(second, 'order', { order_id: orderId, after: cursor });
    const events = [await second.next('event', 'all')];
    while (events.at(-1)?.event.order_id !== next) events.push(await second.next('event', 'all'));
    const versions = events.slice(0, -1).map(({ event }) => [event.order_id, event.version]);
    expect(versions.slice(0, 1)).to.deep.equal([[orderId, 2]]);
    expect(versions).to.deep.equal(versions.map((_, index) => [orderId, index + 2]));
    expect((await second.next('event', 'order')).event.version).to.equal(2);
    second.send({ action: 'unsubscribe', id: 'all' });
    const { cursor: end } = await second.next('unsubscribed', 'all');
    const last = await placeOrder('cleo');
    await subscribe(second, 'later', { customer_id: 'cleo', types: ['order.created'], after: end });
    expect((await second.next('event', 'later')).event.order_id).to.equal(last);
  });

  it('given a cursor of another history, then an error with the earliest cursor, which is accepted', async () => {
    const client = await open();
    client.send({ action: 'subscribe', id: 'all', after: Buffer.alloc(16, 1).toString('base64url') });
    const error = await client.next('error', 'all');
    expect(error).to.include({ code: 'history_changed', subscribed: false });
    await subscribe(client, 'all', { after: error.earliest_cursor });
    expect((await client.next('event', 'all')).event.version).to.equal(1);
  });

  it('given an order of another client, then order_not_found as for a random id; an operator receives the orders of all', async () => {
    const other = await pair.client('demo-other');
    const theirs = await placeOrder('eve', other);
    const client = await open();
    const { cursor } = await subscribe(client, 'mine');
    for (const orderId of [theirs, randomUUID()])
      for (const after of [{}, { after: cursor }]) {
        client.send({ action: 'subscribe', id: 'theirs', order_id: orderId, ...after });
        expect(await client.next('error', 'theirs')).to.include({ code: 'order_not_found' });
      }
    await subscribe(client, 'all');
    const operator = await open((await pair.client('demo-operator')).token);
    await subscribe(operator, 'all');
    await subscribe(operator, 'order', { order_id: theirs });
    await other.post(`/orders/${theirs}/cancel`);
    expect((await operator.next('event', 'all')).event.order_id).to.equal(theirs);
    expect((await operator.next('event', 'order')).event.version).to.equal(1);
    expect((await operator.next('event', 'order')).event.version).to.equal(2);
    await placeOrder();
    await client.next('event', 'all');
    expect(JSON.stringify(client.messages)).not.to.contain('"eve"');
  });

  it('given a token as subprotocol, an allowed origin, or the own origin, then the connection opens', async () => {
    const client = await open('', ['orders.v1', `bearer.${shop.token}`]);
    expect(client.socket.protocol).to.equal('orders.v1');
    for (const origin of ['https://shop.example', 'http://localhost:3001'])
      clients.push(await openWebSocket(url, { token: shop.token, origin }));
    expect(await refusedWebSocket(url, { token: shop.token, origin: 'https://other.example' })).to.include({
      status: 403,
    });
  });

  it('given no token, an invalid one, or one without the scope, then the same problems as for other operations', async () => {
    const missing = await refusedWebSocket(url);
    expect([missing.status, missing.body['code']]).to.deep.equal([401, 'missing_token']);
    expect(missing.headers['www-authenticate']).to.equal('Bearer');
    for (const request of [{ token: 'a.b.c' }, { protocols: ['orders.v1', `bearer.${shop.token}x`] }]) {
      const invalid = await refusedWebSocket(url, request);
      expect([invalid.status, invalid.body['code']]).to.deep.equal([401, 'invalid_token']);
      expect(invalid.headers['www-authenticate']).to.equal('Bearer error="invalid_token"');
    }
    const { body } = await send(`${pair.orderUrl}/auth/token`, 'POST', {
      grant_type: 'client_credentials',
      client_id: 'demo-client',
      client_secret: 'demo-secret',
      scope: 'order:create',
    });
    const narrow = await refusedWebSocket(url, { token: body.access_token as string });
    expect([narrow.status, narrow.body['code']]).to.deep.equal([403, 'insufficient_scope']);
  });

  it('given a token that is revoked, then its connections end, and new ones are refused', async () => {
    const { token } = await pair.client();
    const client = await open(token);
    await subscribe(client, 'all');
    const revoked = await send(`${pair.orderUrl}/auth/revoke`, 'POST', {
      token,
      client_id: 'demo-client',
      client_secret: 'demo-secret',
    });
    expect(revoked.status).to.equal(200);
    expect(await client.next('end')).to.include({ code: 'token_revoked' });
    expect((await client.closed()).code).to.equal(4401);
    await eventually(async () => expect((await refusedWebSocket(url, { token })).status).to.equal(401));
  });

  it('given more subscriptions than the setting allows, then an error', async () => {
    const client = await open();
    for (const id of ['a', 'b', 'c']) await subscribe(client, id);
    client.send({ action: 'subscribe', id: 'd' });
    expect(await client.next('error', 'd')).to.include({ code: 'too_many_subscriptions' });
  });
});
