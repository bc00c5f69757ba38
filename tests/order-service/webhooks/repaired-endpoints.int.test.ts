import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { disableEndpoint } from '../../../src/order-service/webhooks/use-cases/disable-endpoint';
import { changeEndpoint } from '../../../src/order-service/webhooks/use-cases/manage-endpoints';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const HEALTHY = { enabled: true, failing_since: null, consecutive_failures: 0, paused_until: null };

describe('webhook endpoints that were repaired', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;
  let id: string;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
    id = await scene.endpoint('/a');
  });

  afterEach(() => scene.stop());

  const change = (changes: object) => changeEndpoint(scene.db, id, null, { ...changes, expected: null });
  const toOtherUrl = () => change({ url: `${scene.receiver.origin}/b` });

  async function healthOf(): Promise<object | undefined> {
    const rows = await scene.rows(
      'SELECT enabled, failing_since, consecutive_failures, paused_until FROM webhook_endpoints WHERE endpoint_id = $1',
      [id],
    );
    return rows[0];
  }

  /** Makes attempts, whose results are not settled yet. */
  async function attempt(count: number): Promise<void> {
    await scene.events(...Array.from({ length: count }, () => ({ orderId: uuidv7(), version: 1 })));
    while ((await instance.fanOut.runOnce()) !== 'idle');
    await instance.whenIdle();
  }

  const REPAIRS = {
    'another URL': toOtherUrl,
    'a pause of its client': async () => {
      await change({ isEnabled: false });
      await change({ isEnabled: true });
    },
  };
  for (const [name, repair] of Object.entries(REPAIRS))
    it(`given ${name} while requests were in progress, then their failures do not count`, async () => {
      for (const status of [410, 500]) {
        scene.receiver.answer('/a', () => ({ status }));
        await attempt(12);
        await repair();
        await instance.deliveries.runOnce();
        expect(await healthOf(), String(status)).to.deep.equal(HEALTHY);
        if (name === 'another URL') await change({ url: `${scene.receiver.origin}/a` });
      }
    });

  it('given another description meanwhile, then failures count', async () => {
    scene.receiver.answer('/a', () => ({ status: 410 }));
    await attempt(1);
    await change({ description: 'new' });
    await instance.deliveries.runOnce();
    expect(await healthOf()).to.include({ enabled: false });
  });

  it('given an endpoint that was paused for its failures, then another URL ends them', async () => {
    scene.receiver.answer('/a', () => ({ status: 500 }));
    await attempt(10);
    await instance.deliveries.runOnce();
    expect(await healthOf()).to.include({ consecutive_failures: 10 });
    await toOtherUrl();
    expect(await healthOf()).to.deep.equal(HEALTHY);
  });

  it('given another URL just before the endpoint is disabled for its failures, then it stays enabled', async () => {
    await toOtherUrl();
    expect(await disableEndpoint(scene.db, { endpointId: id, reason: 'failing', healthVersion: 1 })).to.equal(
      false,
    );
    expect(await healthOf()).to.deep.equal(HEALTHY);
  });
});
