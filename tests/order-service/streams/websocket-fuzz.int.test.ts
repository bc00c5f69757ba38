import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { ORDER_STATUSES } from '../../../src/shared/contracts/status-machines';
import { CATALOGUE_EVENT_TYPES, ORDER_EVENT_TYPES } from '../../../src/shared/contracts/public-event';
import { eventually } from '../../support/eventually';
import { rawConnection } from '../../support/raw-http';
import { openWebSocket } from '../../support/websocket-client';
import { startWebSocketScene, type WebSocketScene } from '../../support/websocket-scene';

const SEED = 20_261;

describe('WebSockets and arbitrary input', () => {
  let scene: WebSocketScene;
  before(async () => {
    scene = await startWebSocketScene({ burst: 10_000, maxSubscriptions: 50 });
  });
  after(() => scene.stop());

  const mostly = <T>(valid: fc.Arbitrary<T>) => fc.oneof({ weight: 3, arbitrary: valid }, fc.jsonValue());

  const required = {
    action: mostly(fc.constantFrom('subscribe', 'unsubscribe')),
    id: mostly(fc.constantFrom('a', 'b', 'c', 'd')),
  };
  const common = {
    after: mostly(
      fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((bytes) => Buffer.from(bytes).toString('base64url')),
    ),
  };
  const ofOrders = {
    order_id: mostly(fc.uuid()),
    customer_id: mostly(fc.string({ maxLength: 120 })),
    status: mostly(fc.constantFrom(...ORDER_STATUSES)),
    types: mostly(fc.array(fc.constantFrom(...ORDER_EVENT_TYPES))),
  };
  const ofProducts = {
    topic: mostly(fc.constantFrom('products')),
    product_id: mostly(fc.uuid()),
    types: mostly(fc.array(fc.constantFrom(...CATALOGUE_EVENT_TYPES))),
  };
  const nearlyValid = fc.oneof(
    ...[ofOrders, ofProducts, { ...ofOrders, ...ofProducts, extra: fc.jsonValue() }].map((members) =>
      fc
        .tuple(
          fc.record<Record<string, unknown>>(required, { requiredKeys: ['id'] }),
          fc.record<Record<string, unknown>>({ ...common, ...members }, { requiredKeys: [] }),
        )
        .map(([names, others]) => ({ ...names, ...others })),
    ),
  );
  const message = fc.oneof(
    { weight: 6, arbitrary: nearlyValid.map((value) => JSON.stringify(value)) },
    fc.constantFrom('a', 'b', 'c', 'd').map((id) => JSON.stringify({ action: 'unsubscribe', id })),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );

  it('given any text messages, then each is answered once, in order, and the connection stays open', async () => {
    const client = await openWebSocket(scene.url, { token: 'shop' });
    const texts = fc.sample(message, { seed: SEED, numRuns: 1_000 }).filter((text) => text.isWellFormed());
    for (const text of texts) client.send(text);
    await eventually(() => expect(client.messages).to.have.length(texts.length));
    const kinds = new Set(client.messages.map(({ kind }) => kind));
    expect([...kinds]).to.have.members(['subscribed', 'unsubscribed', 'error']);
    expect(
      client.messages.filter((answer) => 'code' in answer && answer.code === 'internal_error'),
    ).to.deep.equal([]);
    client.socket.close();
    await client.closed();
    await eventually(() => expect([scene.listeners.size, scene.openStreams.count()]).to.deep.equal([0, 0]));
  });

  it('given any bytes behind the handshake, then the server goes on', async () => {
    const handshake =
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer shop\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), {
      seed: SEED,
      numRuns: 100,
    })) {
      const socket = await rawConnection(scene.port);
      const closed = once(socket, 'close');
      socket.resume().end(Buffer.concat([Buffer.from(handshake), bytes]));
      await closed;
    }
    const client = await openWebSocket(scene.url, { token: 'shop' });
    client.send({ action: 'subscribe', id: 'a' });
    await client.next('subscribed');
    client.socket.terminate();
    await eventually(() => expect([scene.listeners.size, scene.openStreams.count()]).to.deep.equal([0, 0]));
  });
});
