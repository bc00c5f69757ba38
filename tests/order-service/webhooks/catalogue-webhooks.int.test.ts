import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { toDeliveryResource } from '../../../src/order-service/webhooks/routes/delivery-resource';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { retryDelivery } from '../../../src/order-service/webhooks/use-cases/retry-delivery';
import { findDelivery, listDeliveries } from '../../../src/order-service/webhooks/store/delivery-store';
import { LAST_ID } from '../../../src/shared/contracts/text';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { type LoggedEvent } from '../../../src/shared/event-log/event';
import { productLogged, stockLogged, writeLogged } from '../../support/catalogue-log';
import { checkEvent } from '../../support/message-check';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhooks of products and stock', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  const lamp = () => ({ productId: uuidv7(), stockId: uuidv7() });

  /** Writes events of the client of the scene, and gives them positions. */
  async function write(...events: LoggedEvent[]): Promise<void> {
    await writeLogged(scene.db, ...events.map((event) => ({ ...event, owner: 'shop' })));
    while ((await giveFeedPositions(scene.db)) > 0);
  }

  const types = (path: string): string[] => scene.receiver.of(path).map(({ type }) => type);
  const attempts = (endpointId: string) =>
    scene.rows('SELECT outcome, error FROM webhook_attempts WHERE endpoint_id = $1 ORDER BY attempted_at', [
      endpointId,
    ]);

  it('given an endpoint for all types, then it gets orders, products and stock; others get the types that they name', async () => {
    const product = lamp();
    await scene.endpoint('/all');
    await scene.endpoint('/orders', { event_types: ['order.created'] });
    await scene.endpoint('/low', { event_types: ['inventory.low'] });
    await scene.endpoint('/other', { client_id: 'other' });
    const created = productLogged(product.productId);
    await write(created, stockLogged(product), stockLogged(product, 2, { type: 'STOCK_LOW' }));
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(scene.instance());
    expect(types('/all')).to.have.members([
      'product.created',
      'inventory.reserved',
      'inventory.low',
      'order.created',
    ]);
    expect(types('/orders')).to.deep.equal(['order.created']);
    expect(types('/low')).to.deep.equal(['inventory.low']);
    expect(types('/other')).to.deep.equal([]);
    const sent = scene.receiver.of('/all').find(({ type }) => type === 'product.created')!;
    expect(sent.id).to.equal(created.eventId);
    for (const { body } of scene.receiver.of('/all')) checkEvent(JSON.parse(body));
  });

  it('given a failing endpoint, then the events of a stock wait for each other, and those of the product and of another stock do not', async () => {
    const [product, other] = [lamp(), lamp()];
    await scene.endpoint('/a', { event_types: ['product.created', 'inventory.reserved'] });
    scene.receiver.answer('/a', ({ version, type, body }) => ({
      status: type === 'inventory.reserved' && version === 1 && body.includes(product.productId) ? 500 : 200,
    }));
    await write(
      productLogged(product.productId),
      ...[1, 2, 3].map((version) => stockLogged(product, version)),
    );
    await write(...[1, 2].map((version) => stockLogged(other, version)));
    const instance = scene.instance();
    await scene.deliver(instance);
    const received = () =>
      scene.receiver.of('/a').map(({ body, type, version }) => {
        const { product_id: id } = JSON.parse(body) as { product_id: string };
        return `${id === other.productId ? 'other' : 'lamp'} ${type} ${version}`;
      });
    expect(received()).to.have.members([
      'lamp product.created 1',
      'lamp inventory.reserved 1',
      'other inventory.reserved 1',
      'other inventory.reserved 2',
    ]);
    scene.receiver.answer('/a', () => ({ status: 200 }));
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
    await scene.deliver(instance);
    expect(received().filter((text) => text.startsWith('lamp inventory'))).to.deep.equal([
      'lamp inventory.reserved 1',
      ...[1, 2, 3].map((version) => `lamp inventory.reserved ${version}`),
    ]);
  });

  it('given another process that repeats a delivery, then the body is the same, byte for byte', async () => {
    const id = await scene.endpoint('/a');
    const product = lamp();
    const events = [productLogged(product.productId), stockLogged(product)];
    await write(...events);
    await scene.deliver(scene.instance());
    for (const { eventId } of events)
      await retryDelivery(scene.db, { endpointId: id, visibleOwner: null, eventId });
    await scene.deliver(scene.instance());
    for (const { eventId } of events) {
      const bodies = scene.receiver.received.filter((one) => one.id === eventId).map(({ body }) => body);
      expect(bodies).to.have.length(2);
      expect(bodies[0]).to.equal(bodies[1]);
    }
  });

  it('given a delivery whose event was removed, then it fails; the others of the same statement are sent', async () => {
    const id = await scene.endpoint('/a');
    const product = lamp();
    const [removed, kept] = [productLogged(product.productId), stockLogged(product)];
    await write(removed, kept);
    await scene.deliver(scene.instance());
    await scene.rows('DELETE FROM events WHERE event_id = $1', [removed.eventId]);
    for (const { eventId } of [removed, kept])
      await retryDelivery(scene.db, { endpointId: id, visibleOwner: null, eventId });
    await scene.deliver(scene.instance());
    expect(await attempts(id)).to.have.deep.members([
      ...Array<object>(3).fill({ outcome: 'succeeded', error: null }),
      { outcome: 'failed', error: 'the event is no longer kept' },
    ]);
  });

  it('given an event with a damaged payload, then only it is skipped, and the endpoint says so, whether it follows the fan-out or is behind', async () => {
    const product = lamp();
    const id = await scene.endpoint('/a');
    await write(
      stockLogged(product, 1),
      stockLogged(product, 2, { payload: { stock: null } }),
      stockLogged(product, 3),
    );
    await scene.deliver(scene.instance());
    const seen = () => scene.receiver.of('/a').map(({ type, version }) => [type, version]);
    expect(seen()).to.deep.include.members([
      ['inventory.reserved', 1],
      ['inventory.reserved', 3],
    ]);
    expect(types('/a')).to.have.members([
      'inventory.reserved',
      'webhook.events_missed',
      'inventory.reserved',
    ]);
    await scene.rows(
      `UPDATE webhook_endpoints SET is_behind = true, cursor_position = o.position, cursor_proof = o.proof, missed_before = NULL
         FROM webhook_fan_out o`,
    );
    await write(stockLogged(product, 4, { payload: {} }), stockLogged(product, 5));
    await scene.rows(
      `UPDATE webhook_fan_out o SET position = f.position, proof = encode(substring(uuid_send(f.event_id) FROM 9), 'hex')
         FROM (SELECT * FROM event_feed ORDER BY position DESC LIMIT 1) AS f`,
    );
    while (await catchUpEndpoints(scene.db));
    await scene.deliver(scene.instance());
    expect(types('/a').slice(3)).to.have.members(['webhook.events_missed', 'inventory.reserved']);
    expect(
      await scene.rows('SELECT missed_before IS NOT NULL AS has_missed FROM webhook_endpoints'),
    ).to.deep.equal([{ has_missed: true }]);
    expect(await attempts(id)).to.have.length(5);
  });

  it('given endpoints of which none wants the events of products, then these are not rendered, so that a damaged one is no fault', async () => {
    const product = lamp();
    const id = await scene.endpoint('/orders', { event_types: ['order.created', 'inventory.low'] });
    await write(
      stockLogged(product, 1, { payload: { stock: null } }),
      productLogged(product.productId, 1, { payload: {} }),
      stockLogged(product, 2, { type: 'STOCK_LOW' }),
    );
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(scene.instance());
    expect(types('/orders')).to.have.members(['inventory.low', 'order.created']);
    expect(await attempts(id)).to.have.length(2);
    expect(
      await scene.rows('SELECT missed_before IS NOT NULL AS has_missed FROM webhook_endpoints'),
    ).to.deep.equal([{ has_missed: false }]);
  });

  it('given deliveries of products and stock, then they have no order, and the version of their subject', async () => {
    const id = await scene.endpoint('/a');
    const product = lamp();
    const [created, reserved] = [productLogged(product.productId), stockLogged(product, 7)];
    const orderId = uuidv7();
    await write(created, reserved);
    await scene.events({ orderId, version: 1 });
    await scene.deliver(scene.instance());
    const page = { before: LAST_ID, limit: 10 };
    const shown = (await listDeliveries(scene.db, id, {}, page)).map(toDeliveryResource);
    expect(shown.map(({ type, order_id: of, version }) => [type, of, version])).to.have.deep.members([
      ['product.created', null, 1],
      ['inventory.reserved', null, 7],
      ['order.created', orderId, 1],
    ]);
    const ofType = await listDeliveries(scene.db, id, { type: 'inventory.reserved' }, page);
    expect(ofType.map(({ eventId }) => eventId)).to.deep.equal([reserved.eventId]);
    expect((await findDelivery(scene.db, id, created.eventId))?.status).to.equal('succeeded');
  });
});
