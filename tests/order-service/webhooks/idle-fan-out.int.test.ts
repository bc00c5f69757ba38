import { expect } from 'chai';
import sinon from 'sinon';
import { v7 as uuidv7 } from 'uuid';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const ROOM = { usual: 0, exceptions: new Map<string, number>(), total: 0, leaseMs: 1_000 };

describe('the webhook fan-out without endpoints', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(async () => {
    sinon.restore();
    await scene.stop();
  });

  it('given new events all the time, when the last endpoint is removed, then it soon reads no more of them', async () => {
    let now = 1_000_000;
    sinon.stub(performance, 'now').callsFake(() => now);
    await scene.endpoint('/a');
    const fanOut = createFanOut(scene.db);
    const next = async (): Promise<string> => {
      await scene.events({ orderId: uuidv7(), version: 1 });
      const { state } = await fanOut(ROOM, 500);
      now += 6_000;
      return state;
    };
    expect(await next()).to.equal('done');
    await scene.rows('DELETE FROM webhook_endpoints');
    expect([await next(), await next()]).to.deep.equal(['done', 'waiting']);
  });
});
