import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhook deliveries whose process does not settle them within the lease', () => {
  let scene: WebhookScene;
  let slow: DeliveryDispatcher;
  let other: DeliveryDispatcher;
  const orderId = uuidv7();

  beforeEach(async () => {
    scene = await webhookScene();
    [slow, other] = [scene.instance({ timeLimitMs: 10_000 }), scene.instance()];
  });

  afterEach(() => scene.stop());

  const versions = (): number[] => scene.receiver.of('/a').map(({ version }) => version);
  const lapse = () => scene.rows('UPDATE webhook_queue SET due_at = now() WHERE is_taken');

  /** The first request of the slow process is answered late, with this status. */
  async function takeBySlow(status: number, after: number): Promise<void> {
    await scene.endpoint('/a');
    scene.receiver.answer('/a', () => (scene.receiver.of('/a').length === 1 ? { status, after } : {}));
    await scene.events({ orderId, version: 1 }, { orderId, version: 2 });
    await slow.fanOut.runOnce();
    await scene.untilReceived(1);
  }

  it('given a lease, then no other process takes the delivery; given its end, then another one sends it and the next one', async () => {
    await takeBySlow(200, 500);
    await other.deliveries.runOnce();
    await other.whenIdle();
    expect(versions()).to.deep.equal([1]);
    await lapse();
    await scene.deliver(other);
    expect(versions()).to.deep.equal([1, 1, 2]);
    expect(new Set(scene.receiver.of('/a').map(({ id }) => id)).size).to.equal(2);
    await slow.whenIdle();
    await slow.deliveries.runOnce();
    await slow.whenIdle();
    expect(versions()).to.deep.equal([1, 1, 2]);
    const attempts = await scene.rows(
      'SELECT version, attempt, outcome FROM webhook_attempts ORDER BY version, attempt',
    );
    expect(attempts).to.deep.equal([
      { version: 1, attempt: 1, outcome: 'succeeded' },
      { version: 1, attempt: 2, outcome: 'succeeded' },
      { version: 2, attempt: 1, outcome: 'succeeded' },
    ]);
  });

  for (const status of [200, 500])
    it(`given a late answer ${status} to the first process, while the second one is sending, then it changes nothing`, async () => {
      await takeBySlow(status, 300);
      await lapse();
      scene.receiver.answer('/a', ({ version }) => ({ after: version === 1 ? 900 : 0 }));
      await other.deliveries.runOnce();
      await scene.untilReceived(2);
      await slow.whenIdle();
      await slow.deliveries.runOnce();
      await slow.whenIdle();
      const queue = await scene.rows(
        'SELECT version, attempt, is_taken, tries FROM webhook_queue ORDER BY version',
      );
      expect(queue).to.deep.equal([
        { version: 1, attempt: 2, is_taken: true, tries: 0 },
        { version: 2, attempt: 0, is_taken: false, tries: 0 },
      ]);
      await scene.deliver(other);
      expect(versions()).to.deep.equal([1, 1, 2]);
    });

  it('given a process that stops while a request runs, then it gives the delivery back, and another one sends it at once', async () => {
    await takeBySlow(200, 60_000);
    await slow.stop();
    expect(await scene.rows('SELECT is_taken FROM webhook_queue WHERE version = 1')).to.deep.equal([
      { is_taken: false },
    ]);
    await scene.deliver(other);
    expect(versions()).to.deep.equal([1, 1, 2]);
  });
});
