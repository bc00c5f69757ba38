import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { v7 as uuidv7 } from 'uuid';
import { secretText } from '../../../src/order-service/webhooks/domain/signature';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { TEST_WEBHOOK_SECRET, webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhook deliveries', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
  });

  afterEach(() => scene.stop());

  it('given events of an order, then an endpoint gets each once, in the order of versions, and the queue is empty', async () => {
    const orderId = uuidv7();
    await scene.events({ orderId: uuidv7(), version: 1 });
    const id = await scene.endpoint('/a');
    await scene.events({ orderId, version: 1 }, { orderId, version: 2 });
    await scene.events({ orderId, version: 3 });
    await scene.deliver(instance);
    const received = scene.receiver.received.map((one) => [one.orderId, one.version]);
    expect(received).to.deep.equal([1, 2, 3].map((version) => [orderId, version]));
    expect(await scene.rows('SELECT FROM webhook_queue')).to.deep.equal([]);
    const attempts = await scene.rows(
      'SELECT outcome, http_status, attempt FROM webhook_attempts WHERE endpoint_id = $1',
      [id],
    );
    expect(attempts).to.deep.equal(Array(3).fill({ outcome: 'succeeded', http_status: 200, attempt: 1 }));
  });

  it('given several endpoints and clients, then each gets the events of its client and its types', async () => {
    await scene.endpoint('/all');
    await scene.endpoint('/updates', { event_types: ['order.updated', 'order.shipped'] });
    await scene.endpoint('/other', { client_id: 'other' });
    await scene.endpoint('/disabled', { enabled: false });
    const [mine, theirs] = [uuidv7(), uuidv7()];
    await scene.events({ orderId: mine, version: 1 }, { orderId: theirs, version: 1, owner: 'other' });
    await scene.events({ orderId: mine, version: 2 }, { orderId: uuidv7(), version: 1, owner: 'third' });
    await scene.deliver(instance);
    const of = (path: string) => scene.receiver.of(path).map(({ orderId, type }) => [orderId, type]);
    expect(of('/all')).to.deep.equal([
      [mine, 'order.created'],
      [mine, 'order.updated'],
    ]);
    expect(of('/updates')).to.deep.equal([[mine, 'order.updated']]);
    expect(of('/other')).to.deep.equal([[theirs, 'order.created']]);
    expect(of('/disabled')).to.deep.equal([]);
  });

  it('given two endpoints, then both get the same id and body, each with a valid signature', async () => {
    await scene.endpoint('/a');
    await scene.endpoint('/b');
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    const [a, b] = ['/a', '/b'].map((path) => scene.receiver.of(path)[0]!);
    expect(a!.body).to.equal(b!.body);
    expect(a!.headers['webhook-id']).to.equal(b!.headers['webhook-id']).and.to.equal(a!.id);
    const verifier = new Webhook(secretText(TEST_WEBHOOK_SECRET));
    for (const { body, headers } of [a!, b!])
      expect(verifier.verify(body, headers as Record<string, string>)).to.deep.equal(JSON.parse(body));
  });

  it('given an order whose first event is not answered yet, then its next event waits, and other orders do not', async () => {
    const [slow, quick] = [uuidv7(), uuidv7()];
    await scene.endpoint('/a');
    scene.receiver.answer('/a', ({ orderId, version }) => ({
      after: orderId === slow && version === 1 ? 400 : 0,
    }));
    await scene.events(
      { orderId: slow, version: 1 },
      { orderId: slow, version: 2 },
      { orderId: quick, version: 1 },
    );
    await scene.events({ orderId: quick, version: 2 });
    await scene.deliver(instance);
    const order = scene.receiver
      .of('/a')
      .map(({ orderId, version }) => `${orderId === slow ? 'slow' : 'quick'}${version}`);
    expect(order.indexOf('slow2')).to.be.above(order.indexOf('slow1'));
    const [first, second] = scene.receiver.of('/a').filter(({ orderId }) => orderId === slow);
    expect(second!.at - first!.at).to.be.at.least(395);
    expect(order).to.have.members(['slow1', 'slow2', 'quick1', 'quick2']);
  });

  it('given more events than an endpoint is sent at a time, then it never has more than twenty requests, and gets all', async () => {
    await scene.endpoint('/a');
    scene.receiver.answer('/a', () => ({ after: 20 }));
    await scene.events(...Array.from({ length: 150 }, () => ({ orderId: uuidv7(), version: 1 })));
    await scene.deliver(instance);
    expect(new Set(scene.receiver.of('/a').map(({ id }) => id)).size).to.equal(150);
    expect(scene.receiver.of('/a')).to.have.length(150);
    expect(scene.receiver.mostOpen.get('/a')).to.be.within(2, 20);
  });

  it('given two instances that deliver at the same time, then each event is sent once, and those of an order in order', async () => {
    await scene.endpoint('/a');
    await scene.endpoint('/b');
    scene.receiver.answer('/a', () => ({ after: 5 }));
    const instances = [scene.instance(), scene.instance()];
    await Promise.all(instances.map((one) => one.start()));
    const orders = Array.from({ length: 40 }, () => uuidv7());
    for (const version of [1, 2, 3]) {
      await scene.events(...orders.map((orderId) => ({ orderId, version })));
      instances.forEach((one) => one.fanOut.nudge());
    }
    await scene.untilReceived(240);
    for (const path of ['/a', '/b'])
      for (const orderId of orders) {
        const versions = scene.receiver
          .of(path)
          .filter((one) => one.orderId === orderId)
          .map(({ version }) => version);
        expect(versions).to.deep.equal([1, 2, 3]);
      }
  });
});
