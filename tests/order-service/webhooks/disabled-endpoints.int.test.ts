import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { changeEndpoint } from '../../../src/order-service/webhooks/use-cases/manage-endpoints';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('disabled webhook endpoints', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
  });

  afterEach(() => scene.stop());

  const stateOf = async (id: string): Promise<unknown> => {
    const rows = await scene.rows(
      'SELECT enabled, disabled_reason, version FROM webhook_endpoints WHERE endpoint_id = $1',
      [id],
    );
    return rows[0];
  };

  it('given 410, then the endpoint is disabled at once, and another endpoint of the client is told, if it receives that type', async () => {
    const gone = await scene.endpoint('/gone');
    await scene.endpoint('/all');
    await scene.endpoint('/orders', { event_types: ['order.created'] });
    await scene.endpoint('/other-client', { client_id: 'other' });
    scene.receiver.answer('/gone', () => ({ status: 410 }));
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    expect(await stateOf(gone)).to.deep.equal({ enabled: false, disabled_reason: 'gone', version: 2 });
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    expect(scene.receiver.of('/gone')).to.have.length(1);
    expect(scene.receiver.of('/other-client')).to.deep.equal([]);
    expect(scene.receiver.of('/orders').map(({ type }) => type)).to.deep.equal([
      'order.created',
      'order.created',
    ]);
    const notice = scene.receiver.of('/all').find(({ type }) => type === 'webhook.disabled');
    expect(JSON.parse(notice!.body)).to.deep.include({
      id: notice?.headers['webhook-id'],
      api_version: '2026-11-01',
      data: { endpoint_id: gone, disabled_reason: 'gone' },
    });
  });

  it('given failures for five days without a success, then the endpoint is disabled; with a success in between it is not', async () => {
    const failing = await scene.endpoint('/failing');
    const recovering = await scene.endpoint('/recovering');
    scene.receiver.answer('/failing', () => ({ status: 500 }));
    await scene.rows(
      "UPDATE webhook_endpoints SET consecutive_failures = 3, failing_since = now() - interval '5 days'",
    );
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    expect(await stateOf(failing)).to.deep.equal({ enabled: false, disabled_reason: 'failing', version: 2 });
    expect(await stateOf(recovering)).to.deep.include({ enabled: true });
    expect(scene.receiver.of('/recovering').map(({ type }) => type)).to.deep.equal([
      'order.created',
      'webhook.disabled',
    ]);
  });

  it('given a client that disables an endpoint and enables it again, then events of the time between are not sent, and those that waited are', async () => {
    const id = await scene.endpoint('/a');
    const [before, between, after] = [uuidv7(), uuidv7(), uuidv7()];
    scene.receiver.answer('/a', () => ({ status: scene.receiver.of('/a').length === 1 ? 500 : 200 }));
    await scene.events({ orderId: before, version: 1 });
    await scene.deliver(instance);
    await changeEndpoint(scene.db, id, null, { isEnabled: false, expected: null });
    await scene.rows('UPDATE webhook_queue SET due_at = now()');
    await scene.events({ orderId: between, version: 1 });
    while ((await instance.fanOut.runOnce()) !== 'idle');
    await instance.deliveries.runOnce();
    await instance.whenIdle();
    expect(scene.receiver.of('/a')).to.have.length(1);

    await changeEndpoint(scene.db, id, null, { isEnabled: true, expected: null });
    await scene.events({ orderId: after, version: 1 });
    await scene.deliver(instance);
    expect(scene.receiver.of('/a').map(({ orderId }) => orderId)).to.have.members([before, before, after]);
  });
});
