import { expect } from 'chai';
import { AppError } from '../../../src/shared/errors';
import { ORDER_NOT_FOUND } from '../../../src/order-service/orders/domain/problem-types';
import { encodeFeedCursor, FEED_START } from '../../../src/shared/event-log/feed-cursor';
import {
  EXAMPLE_CATALOGUE_EVENT,
  EXAMPLE_PUBLIC_EVENT,
} from '../../../src/shared/contracts/public-event-examples';
import { eventually } from '../../support/eventually';
import { openWebSocket, type WebSocketClient } from '../../support/websocket-client';
import { startWebSocketScene, TEST_LIMITS, type WebSocketScene } from '../../support/websocket-scene';

const ORDER = EXAMPLE_PUBLIC_EVENT.order_id;
const OTHER_ORDER = '01a1fc42-fc03-72fd-b531-2222a4fbee12';

describe('the messages of a WebSocket', () => {
  let scene: WebSocketScene;
  let client: WebSocketClient;
  before(async () => {
    scene = await startWebSocketScene();
  });
  after(() => scene.stop());
  beforeEach(async () => {
    scene.startWith(null);
    client = await openWebSocket(scene.url, { token: 'shop' });
  });
  afterEach(async () => {
    client.socket.terminate();
    await eventually(() => expect([scene.openStreams.count(), scene.listeners.size]).to.deep.equal([0, 0]));
  });

  const subscribe = async (id: string, members: object = {}): Promise<void> => {
    client.send({ action: 'subscribe', id, ...members });
    await client.next('subscribed', id);
  };

  it('given two subscriptions, then each receives its events with its id and the cursor, until it is ended', async () => {
    await subscribe('one', { order_id: ORDER });
    await subscribe('all');
    expect(scene.publish(1)).to.equal(2);
    expect(scene.publish(1, { orderId: OTHER_ORDER })).to.equal(1);
    const [first, second] = [await client.next('event', 'all'), await client.next('event', 'all')];
    expect([first.event.order_id, second.event.order_id]).to.deep.equal([ORDER, OTHER_ORDER]);
    expect(await client.next('event', 'one')).to.deep.equal({ ...first, id: 'one' });
    client.send({ action: 'unsubscribe', id: 'all' });
    expect((await client.next('unsubscribed', 'all')).cursor).to.equal(second.cursor);
    expect(scene.publish(2)).to.equal(1);
    await client.next('event', 'one');
    expect(client.messages.filter(({ kind }) => kind === 'event')).to.have.length(4);
  });

  it('given the present state of an order, then only its event has a cursor, so that a client cannot resume without it', async () => {
    const first = { event: EXAMPLE_PUBLIC_EVENT, owner: 'shop', cursor: FEED_START };
    const subscription = { cursor: () => FEED_START, resume: () => undefined, close: () => undefined };
    scene.startWith(() => Promise.resolve({ subscription, first }));
    client.send({ action: 'subscribe', id: 'one', order_id: ORDER });
    expect(await client.next('subscribed', 'one')).to.deep.equal({ kind: 'subscribed', id: 'one' });
    expect((await client.next('event', 'one')).cursor).to.equal(encodeFeedCursor(FEED_START));
  });

  it('given a subscription to products, then it receives their events and none of orders; one without a topic none of products', async () => {
    await subscribe('orders');
    await subscribe('products', { topic: 'products' });
    await subscribe('low', { topic: 'products', types: ['inventory.low'] });
    expect(scene.publish(1)).to.equal(1);
    expect(scene.publishEvent(EXAMPLE_CATALOGUE_EVENT)).to.equal(1);
    expect((await client.next('event', 'products')).event).to.deep.equal(EXAMPLE_CATALOGUE_EVENT);
    expect((await client.next('event', 'orders')).event.order_id).to.equal(ORDER);
    expect(client.messages.filter(({ kind }) => kind === 'event')).to.have.length(2);
  });

  it('given events of an order that its present state already contains, then they are not sent again', async () => {
    await subscribe('one', { order_id: ORDER });
    for (const version of [3, 2, 3, 4]) scene.publish(version);
    expect((await client.next('event')).event.version).to.equal(3);
    expect((await client.next('event')).event.version).to.equal(4);
  });

  const INVALID: [name: string, text: string, code: string, id: string | null, path: string | undefined][] = [
    ['text that is not JSON', '{"action"', 'malformed_json', null, undefined],
    ['a list', '[]', 'validation_failed', null, ''],
    ['null', 'null', 'validation_failed', null, ''],
    ['no action', '{"id":"a"}', 'validation_failed', 'a', 'action'],
    ['an unknown action', '{"action":"publish","id":"a"}', 'validation_failed', 'a', 'action'],
    ['no id', '{"action":"subscribe"}', 'validation_failed', null, 'id'],
    ['an id with a space', '{"action":"subscribe","id":"a b"}', 'validation_failed', null, 'id'],
    [
      'an unknown member',
      '{"action":"subscribe","id":"a","statuses":[]}',
      'validation_failed',
      'a',
      'statuses',
    ],
    [
      'an invalid order id',
      '{"action":"subscribe","id":"a","order_id":"7"}',
      'validation_failed',
      'a',
      'order_id',
    ],
    [
      'an unknown status',
      '{"action":"subscribe","id":"a","status":"LOST"}',
      'validation_failed',
      'a',
      'status',
    ],
    [
      'an unknown type',
      '{"action":"subscribe","id":"a","types":["order"]}',
      'validation_failed',
      'a',
      'types[0]',
    ],
    [
      'a product without its topic',
      `{"action":"subscribe","id":"a","product_id":"${ORDER}"}`,
      'validation_failed',
      'a',
      'product_id',
    ],
    [
      'an order with the topic of products',
      `{"action":"subscribe","id":"a","topic":"products","order_id":"${ORDER}"}`,
      'validation_failed',
      'a',
      'order_id',
    ],
    [
      'a type of another topic',
      '{"action":"subscribe","id":"a","types":["order.created","inventory.low"]}',
      'validation_failed',
      'a',
      'types[1]',
    ],
    ['an unknown topic', '{"action":"subscribe","id":"a","topic":"all"}', 'validation_failed', 'a', 'topic'],
    ['no types', '{"action":"subscribe","id":"a","types":[]}', 'validation_failed', 'a', 'types'],
    [
      'text that is not a cursor',
      '{"action":"subscribe","id":"a","after":"now"}',
      'invalid_cursor',
      'a',
      'after',
    ],
    [
      'the end of an unknown subscription',
      '{"action":"unsubscribe","id":"a"}',
      'subscription_not_found',
      'a',
      undefined,
    ],
  ];

  for (const [name, text, code, id, path] of INVALID) {
    it(`given ${name}, then an error, and the connection stays open`, async () => {
      client.send(text);
      const error = await client.next('error');
      expect(error).to.include({ code, id, subscribed: false });
      expect(error.correlation_id).to.match(/^[\w-]{36}$/);
      expect(error.errors?.[0]?.path).to.equal(path);
      await subscribe('still-open');
    });
  }

  it('given an id of an open subscription, then an error, and the subscription goes on', async () => {
    await subscribe('same');
    client.send({ action: 'subscribe', id: 'same' });
    expect(await client.next('error', 'same')).to.include({ code: 'subscription_exists', subscribed: true });
    expect(scene.publish(1)).to.equal(1);
    await client.next('event', 'same');
  });

  it('given as many subscriptions as a connection may have, then an error, until one is ended', async () => {
    for (let count = 0; count < TEST_LIMITS.maxSubscriptions; count += 1) await subscribe(`s${count}`);
    client.send({ action: 'subscribe', id: 'more' });
    expect(await client.next('error', 'more')).to.include({
      code: 'too_many_subscriptions',
      subscribed: false,
    });
    client.send({ action: 'unsubscribe', id: 's0' });
    await subscribe('more');
  });

  it('given a subscription that is refused or fails, then an error of the same code as in the API', async () => {
    scene.startWith(() => Promise.reject(new AppError(ORDER_NOT_FOUND, 'there is no such order')));
    client.send({ action: 'subscribe', id: 'refused', order_id: ORDER });
    expect(await client.next('error', 'refused')).to.include({ code: 'order_not_found', subscribed: false });
    scene.startWith(() => Promise.reject(new Error('a secret')));
    client.send({ action: 'subscribe', id: 'failed' });
    const error = await client.next('error', 'failed');
    expect(error.code).to.equal('internal_error');
    expect(JSON.stringify(error)).not.to.contain('secret');
  });

  it('given a feed that has lost the events of a subscription, then an error with the earliest cursor, and its id is free', async () => {
    await subscribe('lost');
    const [[listener] = []] = [...scene.listeners];
    listener?.onEnd('gone', { gone: 'pruned', earliest: { position: '7', proof: '0'.repeat(16) } });
    const error = await client.next('error', 'lost');
    expect(error).to.include({ code: 'events_pruned', subscribed: false });
    expect(error.earliest_cursor).to.have.length(22);
    await subscribe('lost');
    scene.listeners.delete(listener!);
  });

  it('given messages behind one that takes long, then they are handled in order', async () => {
    let refuse: (() => void) | null = null;
    scene.startWith(
      () =>
        new Promise((_resolve, reject) => {
          refuse = () => reject(new AppError(ORDER_NOT_FOUND, 'there is no such order'));
        }),
    );
    const ids = [...Array(40)].map((_, index) => `u${index}`);
    client.send({ action: 'subscribe', id: 'slow' });
    for (const id of ids) client.send({ action: 'unsubscribe', id });
    await eventually(() => expect(refuse).not.to.equal(null));
    expect(client.messages).to.have.length(0);
    refuse!();
    await client.next('error', ids.at(-1));
    const answered = client.messages.map((message) => 'id' in message && message.id);
    expect(answered).to.deep.equal(['slow', ...ids]);
  });

  it('given a connection that ends while a subscription starts, then the subscription is closed', async () => {
    let release: () => void = () => undefined;
    let closed = 0;
    scene.startWith(
      () =>
        new Promise((resolve) => {
          const subscription = {
            cursor: () => ({ position: '0', proof: '0'.repeat(16) }),
            resume: () => undefined,
            close: () => (closed += 1),
          };
          release = () => resolve({ subscription, first: null });
        }),
    );
    client.send({ action: 'subscribe', id: 'late' });
    await eventually(() => expect(String(release)).to.contain('resolve'));
    client.socket.terminate();
    await eventually(() => expect(scene.openStreams.count()).to.equal(0));
    release();
    await eventually(() => expect(closed).to.equal(1));
  });
});
