import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const ORDERS = 200;
const VERSIONS = 3;

describe('webhook endpoints that hang or fail', function () {
  this.timeout(120_000);
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  it('given one that never answers and one that answers 500, then a third one gets every event in order, before the first one fails', async () => {
    for (const path of ['/hanging', '/broken', '/healthy']) await scene.endpoint(path);
    scene.receiver.answer('/hanging', () => ({ after: 'never' }));
    scene.receiver.answer('/broken', () => ({ status: 500 }));
    const instance = scene.instance({ timeLimitMs: 60_000 });
    await instance.start();
    const orders = Array.from({ length: ORDERS }, () => uuidv7());
    for (let version = 1; version <= VERSIONS; version += 1) {
      await scene.events(...orders.map((orderId) => ({ orderId, version })));
      instance.fanOut.nudge();
    }
    await scene.untilReceived(ORDERS * VERSIONS, '/healthy');
    for (const orderId of orders) {
      const versions = scene.receiver
        .of('/healthy')
        .filter((one) => one.orderId === orderId)
        .map((one) => one.version);
      expect(versions).to.deep.equal([1, 2, 3]);
    }
    // None of the requests of the hanging endpoint has ended, so none was waited for.
    expect(scene.receiver.mostOpen.get('/hanging')).to.equal(20);
    expect(scene.receiver.of('/hanging')).to.have.length(20);
    expect(scene.receiver.of('/broken').length).to.be.below(ORDERS);
  });

  it('given a receiver that is down for a while, then it gets every event afterwards, those of an order in order', async () => {
    await scene.endpoint('/a');
    let isDown = true;
    scene.receiver.answer('/a', () => ({ status: isDown ? 502 : 200 }));
    const instance = scene.instance();
    await instance.start();
    const orders = Array.from({ length: 30 }, () => uuidv7());
    for (const version of [1, 2]) {
      await scene.events(...orders.map((orderId) => ({ orderId, version })));
      instance.fanOut.nudge();
    }
    await scene.untilReceived(10, '/a');
    isDown = false;
    const before = scene.receiver.received.length;
    await scene.untilReceived(before + 60, '/a', 60_000);
    for (const orderId of orders) {
      const versions = scene.receiver
        .of('/a')
        .filter((one) => one.orderId === orderId)
        .map((one) => one.version);
      expect(versions.toSorted((a, b) => a - b)).to.deep.equal(versions);
      expect(versions.at(-1)).to.equal(2);
    }
  });
});
