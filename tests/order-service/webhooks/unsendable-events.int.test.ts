import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('events that cannot be sent to webhooks', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
  });

  afterEach(() => scene.stop());

  const missedBefore = async (id: string): Promise<Date | null> => {
    const rows = await scene.rows<{ missed_before: Date | null }>(
      'SELECT missed_before FROM webhook_endpoints WHERE endpoint_id = $1',
      [id],
    );
    return rows[0]!.missed_before;
  };

  /** Runs the fan-out as its loop does: failures repeat it. */
  async function deliver(): Promise<void> {
    for (let failures = 0; failures < 20; failures += 1)
      try {
        return await scene.deliver(instance);
      } catch {
        continue;
      }
    throw new Error('the fan-out does not go on');
  }

  it('given one among events of many orders, then it is skipped, its client is told, and all others are sent', async () => {
    const [shop, other] = [await scene.endpoint('/shop'), await scene.endpoint('/other', { client_id: 'b' })];
    const orders = Array.from({ length: 30 }, () => ({ orderId: uuidv7(), version: 1 }));
    const ofOther = { orderId: uuidv7(), version: 1, owner: 'b' };
    await scene.events(...orders, ofOther);
    const broken = orders[11]!.orderId;
    await scene.rows(`UPDATE events SET payload = 'null' WHERE subject_id = $1`, [broken]);
    await deliver();
    const sent = scene.receiver.of('/shop').filter(({ type }) => type === 'order.created');
    expect(sent.map(({ orderId }) => orderId)).to.have.members(
      orders.map(({ orderId }) => orderId).filter((orderId) => orderId !== broken),
    );
    expect(scene.receiver.of('/shop').map(({ type }) => type)).to.include('webhook.events_missed');
    expect(scene.receiver.of('/other').map(({ orderId }) => orderId)).to.deep.equal([ofOther.orderId]);
    expect(await missedBefore(shop)).to.be.instanceOf(Date);
    expect(await missedBefore(other)).to.equal(null);
  });

  it('given an endpoint that is behind, then it misses only the broken event, and another such endpoint misses nothing', async () => {
    const [shop, other] = [await scene.endpoint('/shop'), await scene.endpoint('/other', { client_id: 'b' })];
    await scene.rows('UPDATE webhook_endpoints SET is_behind = true');
    const orders = Array.from({ length: 9 }, () => ({ orderId: uuidv7(), version: 1 }));
    await scene.events(...orders, { orderId: uuidv7(), version: 1, owner: 'b' });
    await scene.rows(`UPDATE events SET payload = 'null' WHERE subject_id = $1`, [orders[4]!.orderId]);
    // The fan-out stands still while all endpoints are behind.
    await scene.rows(
      `UPDATE webhook_fan_out o SET position = f.position, proof = encode(substring(uuid_send(f.event_id) FROM 9), 'hex')
         FROM (SELECT * FROM event_feed ORDER BY position DESC LIMIT 1) AS f`,
    );
    while (await catchUpEndpoints(scene.db));
    await deliver();
    const types = (path: string): string[] => scene.receiver.of(path).map(({ type }) => type);
    expect(types('/shop')).to.have.members([
      ...Array<string>(8).fill('order.created'),
      'webhook.events_missed',
    ]);
    expect(types('/other')).to.deep.equal(['order.created']);
    expect(await missedBefore(shop)).to.be.instanceOf(Date);
    expect(await missedBefore(other)).to.equal(null);
  });

  it('given a database that refuses the page, then no event is skipped', async () => {
    const id = await scene.endpoint('/a');
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.rows('ALTER TABLE webhook_queue RENAME TO hidden');
    for (let count = 0; count < 15; count += 1) await instance.fanOut.runOnce().catch(() => undefined);
    await scene.rows('ALTER TABLE hidden RENAME TO webhook_queue');
    await deliver();
    expect(scene.receiver.of('/a')).to.have.length(1);
    expect(await missedBefore(id)).to.equal(null);
  });
});
