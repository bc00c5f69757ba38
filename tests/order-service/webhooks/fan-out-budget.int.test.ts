import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { createFanOutLoop } from '../../../src/order-service/webhooks/workers/delivery-loops';
import { silentLogger } from '../../support/service-pair';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('the load budget of the webhook fan-out', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  it('given a busy process and events of clients without endpoints, then one page passes them, and only the others are charged', async () => {
    await scene.endpoint('/a');
    const order = (owner: string) => ({ orderId: uuidv7(), version: 1, owner });
    await scene.events(...Array.from({ length: 60 }, () => order('none')), order('shop'), order('shop'));
    let spent = 0;
    const loop = createFanOutLoop({
      db: scene.db,
      sequencer: { onAdvanced: () => undefined },
      lanes: { room: () => ({ usual: 0, exceptions: new Map(), total: 0 }), markMore: () => undefined },
      runner: { start: () => undefined },
      sender: { remember: () => undefined },
      leaseMs: 60_000,
      logger: silentLogger,
      budget: { available: () => 1, spend: (count) => (spent += count) },
      onMore: () => undefined,
    });
    await loop.runOnce();
    expect(await scene.rows('SELECT FROM webhook_queue')).to.have.length(2);
    expect(spent).to.be.within(2, 10);
  });
});
