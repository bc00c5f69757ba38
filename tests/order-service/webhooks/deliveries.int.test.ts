import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhook deliveries', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  it('given events of an order, then an endpoint gets each once, in the order of versions, and the queue is empty', async () => {
    const orderId = uuidv7();
    await scene.events({ orderId: uuidv7(), version: 1 });
    const id = await scene.endpoint('/a');
    await scene.events({ orderId, version: 1 }, { orderId, version: 2 });
    await scene.events({ orderId, version: 3 });
    await scene.deliver(scene.instance());
    expect(scene.receiver.received.map((one) => [one.orderId, one.version])).to.deep.equal(
      [1, 2, 3].map((v) => [orderId, v]),
    );
    expect(await scene.rows('SELECT FROM webhook_queue')).to.deep.equal([]);
    const attempts = await scene.rows(
      'SELECT outcome, http_status, attempt FROM webhook_attempts WHERE endpoint_id = $1',
      [id],
    );
    expect(attempts).to.deep.equal(Array(3).fill({ outcome: 'succeeded', http_status: 200, attempt: 1 }));
  });
});
