import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const FULL = 10;

describe('full queues of webhooks', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
  });

  afterEach(() => scene.stop());

  const queued = async (id: string): Promise<number> =>
    (await scene.rows('SELECT FROM webhook_queue WHERE endpoint_id = $1', [id])).length;

  const isBehind = async (id: string): Promise<boolean> => {
    const [row] = await scene.rows<{ is_behind: boolean }>(
      'SELECT is_behind FROM webhook_endpoints WHERE endpoint_id = $1',
      [id],
    );
    return row!.is_behind;
  };

  async function fanOut(): Promise<void> {
    while ((await instance.fanOut.runOnce()) !== 'idle');
    await instance.whenIdle();
  }

  /** New orders with three versions each. */
  async function writeOrders(count: number): Promise<string[]> {
    const orders = Array.from({ length: count }, () => uuidv7());
    for (const version of [1, 2, 3]) await scene.events(...orders.map((orderId) => ({ orderId, version })));
    return orders;
  }

  it('given an endpoint with a full queue, then its further events wait in the feed, another endpoint gets them, and later it gets all in order', async () => {
    const slow = await scene.endpoint('/slow');
    await scene.endpoint('/quick');
    scene.receiver.answer('/slow', () => ({ status: 503, headers: { 'Retry-After': '600' } }));
    const first = await writeOrders(4);
    await scene.deliver(instance);
    await catchUpEndpoints(scene.db, FULL);
    expect(await isBehind(slow)).to.equal(true);
    const second = await writeOrders(4);
    await scene.deliver(instance);
    expect(await queued(slow)).to.equal(12);
    expect(scene.receiver.of('/quick')).to.have.length(24);

    await catchUpEndpoints(scene.db, FULL);
    expect(await queued(slow)).to.equal(12);

    scene.receiver.answer('/slow', () => ({}));
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
    await scene.deliver(instance);
    const third = await writeOrders(1);
    while (await catchUpEndpoints(scene.db, FULL));
    expect(await isBehind(slow)).to.equal(false);
    const fourth = await writeOrders(1);
    await scene.deliver(instance);
    for (const orderId of [...first, ...second, ...third, ...fourth]) {
      const versions = scene.receiver
        .of('/slow')
        .filter((one) => one.orderId === orderId)
        .map(({ version }) => version);
      expect(versions.slice(-3)).to.deep.equal([1, 2, 3]);
    }
    // Besides the requests of the first four orders that failed.
    expect(scene.receiver.of('/slow')).to.have.length(30 + 4);
  });

  it('given a process that fans out while another one takes the endpoint out, then no event is lost or sent twice', async () => {
    const id = await scene.endpoint('/a');
    scene.receiver.answer('/a', () => ({ status: 503, headers: { 'Retry-After': '600' } }));
    const orders: string[] = [];
    for (let round = 0; round < 8; round += 1) {
      orders.push(...(await writeOrders(2)));
      await Promise.all([fanOut(), catchUpEndpoints(scene.db, FULL), catchUpEndpoints(scene.db, FULL)]);
    }
    await fanOut();
    await scene.rows('UPDATE webhook_endpoints SET consecutive_failures = 0, paused_until = NULL');
    scene.receiver.answer('/a', () => ({}));
    const before = scene.receiver.received.length;
    const fresh = scene.instance();
    do {
      await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
      await scene.deliver(fresh);
    } while ((await catchUpEndpoints(scene.db, FULL)) || (await queued(id)) > 0);
    const events = scene.receiver.received.slice(before).map((one) => `${one.orderId} ${one.version}`);
    expect(events.toSorted()).to.deep.equal(
      orders.flatMap((orderId) => [1, 2, 3].map((v) => `${orderId} ${v}`)).toSorted(),
    );
  });
});
