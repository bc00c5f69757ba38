import { once } from 'node:events';
import { expect } from 'chai';
import { EXAMPLE_PUBLIC_EVENT } from '../../../src/shared/contracts/public-event-examples';
import { MAX_CLIENT_MESSAGE_BYTES } from '../../../src/shared/contracts/websocket-messages';
import { FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { eventually } from '../../support/eventually';
import { openWebSocket, refusedWebSocket, type WebSocketClient } from '../../support/websocket-client';
import { startWebSocketScene, TEST_LIMITS, type WebSocketScene } from '../../support/websocket-scene';

const { pingIntervalMs, maxStallMs, burst } = TEST_LIMITS;

describe('the connections of WebSockets', () => {
  let scene: WebSocketScene;
  const clients: WebSocketClient[] = [];
  beforeEach(async () => {
    scene = await startWebSocketScene();
  });
  afterEach(async () => {
    clients.splice(0).forEach(({ socket }) => socket.terminate());
    await eventually(() => expect([scene.openStreams.count(), scene.listeners.size]).to.deep.equal([0, 0]));
    await scene.stop();
  });

  async function open(token = 'shop', options: { autoPong?: boolean } = {}): Promise<WebSocketClient> {
    const client = await openWebSocket(scene.url, { token, ...options });
    clients.push(client);
    return client;
  }

  async function subscribed(token = 'shop'): Promise<WebSocketClient> {
    const client = await open(token);
    client.send({ action: 'subscribe', id: 'all' });
    await client.next('subscribed');
    return client;
  }

  it('given a binary message, then 1003', async () => {
    const client = await subscribed();
    client.socket.send(Buffer.from('{"action":"subscribe","id":"a"}'));
    expect((await client.closed()).code).to.equal(1003);
  });

  it('given a message of 64 kB, then it is read; given a byte more, then 1009', async () => {
    const client = await open();
    client.send('x'.repeat(MAX_CLIENT_MESSAGE_BYTES));
    expect((await client.next('error')).code).to.equal('malformed_json');
    client.send('x'.repeat(MAX_CLIENT_MESSAGE_BYTES + 1));
    expect((await client.closed()).code).to.equal(1009);
  });

  it('given a message in more parts than any client needs, then 1008', async () => {
    const { socket, closed } = await open();
    for (let part = 0; part < 1_000; part += 1) socket.send('x', { fin: false });
    expect((await closed()).code).to.equal(1008);
  });

  it('given text that is not UTF-8, then 1007', async () => {
    const client = await open();
    client.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await client.closed()).code).to.equal(1007);
  });

  it('given more messages or pings in a short time than are allowed, then 1008, and other connections go on', async () => {
    const [other, ...flooding] = [await subscribed(), await open(), await open()] as const;
    for (let count = 0; count <= 2 * burst; count += 1) {
      flooding[0].send('{}');
      flooding[1].socket.ping();
    }
    expect((await flooding[0].closed()).code).to.equal(1008);
    // Behind 60 pings at once the library ends the connection itself.
    expect((await flooding[1].closed()).code).to.be.oneOf([1006, 1008]);
    expect(scene.publish(1)).to.equal(1);
    await other.next('event');
  });

  it('given a peer that does not answer pings, then its connection is ended; one that answers stays', async () => {
    const [dead, alive] = [await open('shop', { autoPong: false }), await open()];
    const pinged = [once(dead.socket, 'ping'), once(alive.socket, 'ping')];
    scene.tick(pingIntervalMs);
    await Promise.all(pinged);
    // The answer arrives before the next message of the same connection is answered.
    alive.send('{}');
    await alive.next('error');
    scene.tick(pingIntervalMs);
    expect((await dead.closed()).code).to.equal(1006);
    expect(alive.socket.readyState).to.equal(alive.socket.OPEN);
  });

  /** Events of 16 kB, until the connection has no room: the buffers of the system take some megabytes. */
  async function fill(): Promise<number> {
    let sent = 0;
    while (scene.publish(sent + 1, { text: 'x'.repeat(16_384) }) === 1) {
      sent += 1;
      if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return sent;
  }

  it('given a client that reads late, then its subscription pauses meanwhile, and it receives everything', async () => {
    const client = await subscribed();
    client.socket.pause();
    const sent = await fill();
    const [state] = scene.listeners.values();
    expect(state).to.deep.equal({ isPaused: true });
    client.socket.resume();
    await eventually(() => expect(state).to.deep.equal({ isPaused: false }));
    await eventually(() => expect(client.messages).to.have.length(sent + 1));
    scene.tick(maxStallMs);
    expect(scene.publish(1)).to.equal(1);
    await eventually(() => expect(client.messages).to.have.length(sent + 2));
  });

  it('given answers that a client does not read, then its further messages wait until it does', async () => {
    const client = await open();
    const event = { ...EXAMPLE_PUBLIC_EVENT, correlation_id: 'x'.repeat(1_000_000) };
    const first = { event, owner: 'shop', cursor: FEED_START };
    const subscription = { cursor: () => FEED_START, resume: () => undefined, close: () => undefined };
    let started = 0;
    scene.startWith(() => {
      started += 1;
      return Promise.resolve({ subscription, first });
    });
    client.socket.pause();
    for (let count = 0; count < 20; count += 1) {
      client.send({ action: 'subscribe', id: 'large', order_id: event.order_id });
      client.send({ action: 'unsubscribe', id: 'large' });
    }
    await eventually(() => expect(started).to.be.above(0));
    const other = await open();
    for (let count = 0; count < 10; count += 1) {
      other.send('{}');
      await other.next('error');
    }
    // The buffers of the system take some megabytes.
    expect(started).to.be.below(20);
    client.socket.resume();
    await eventually(() => expect(client.messages).to.have.length(60));
    expect(new Set(client.messages.map(({ kind }) => kind))).to.have.all.keys(
      'subscribed',
      'event',
      'unsubscribed',
    );
  });

  it('given a client that does not read, then it is disconnected after some time, with 4408 and its cursors', async () => {
    const client = await subscribed();
    client.socket.pause();
    await fill();
    scene.tick(maxStallMs - 5_000);
    expect(scene.openStreams.count()).to.equal(1);
    scene.tick(6_000);
    expect([scene.dropped(), scene.listeners.size]).to.deep.equal([1, 0]);
    client.socket.resume();
    expect(await client.next('end')).to.include({ code: 'slow_reader' });
    expect(client.messages.at(-1)).to.have.nested.property('cursors.all');
    expect((await client.closed()).code).to.equal(4408);
  });

  it('given a token that expires or is revoked, then its connections end with 4401, and those of others stay', async () => {
    for (const token of ['other', 'expired']) scene.active.set(token, ['order:read']);
    const [revoked, other] = [await subscribed(), await subscribed('other')];
    const expired = await subscribed('expired');
    await scene.openStreams.start();
    const end = await expired.next('end');
    expect(end).to.include({ code: 'token_expired' }).and.not.to.have.property('retry_ms');
    expect(end.cursors).to.have.keys('all');
    expect((await expired.closed()).code).to.equal(4401);
    scene.active.delete('shop');
    await scene.openStreams.checkTokens();
    expect(await revoked.next('end')).to.include({ code: 'token_revoked' });
    expect((await revoked.closed()).code).to.equal(4401);
    expect(scene.publish(1)).to.equal(1);
    await other.next('event');
  });

  it('given a stop, then every client is told when to connect again, its connection ends with 1012, and no other is accepted', async () => {
    const [client, silent] = [await subscribed(), await open()];
    silent.socket.pause();
    scene.publish(1);
    const { cursor } = await client.next('event');
    const stopped = scene.sockets.stop();
    expect(await client.next('end')).to.deep.include({
      code: 'server_stopping',
      retry_ms: 1_234,
      cursors: { all: cursor },
    });
    expect((await client.closed()).code).to.equal(1012);
    expect(await refusedWebSocket(scene.url, { token: 'shop' })).to.include({ status: 503 });
    await stopped;
    await eventually(() => expect(scene.openStreams.count()).to.equal(0));
  });

  it('given as many streams as a client may have, then 429 with Retry-After, until one is closed', async () => {
    const [first] = [await open(), await open(), await open()];
    const refusal = await refusedWebSocket(scene.url, { token: 'shop' });
    expect(refusal).to.include({ status: 429 });
    expect(refusal.body).to.include({ code: 'too_many_streams' });
    expect(refusal.headers).to.have.property('retry-after');
    await open('other');
    first.socket.close();
    await first.closed();
    await eventually(() => open());
  });
});
