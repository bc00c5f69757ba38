import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { followClients } from '../../../src/order-service/webhooks/use-cases/follow-clients';
import { changeEndpoint } from '../../../src/order-service/webhooks/use-cases/manage-endpoints';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhooks of clients that are disabled or removed', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
    for (const client of ['shop', 'other'])
      await scene.rows("INSERT INTO clients (client_id, scopes, secret_hash) VALUES ($1, '{}', 'x')", [
        client,
      ]);
  });

  afterEach(() => scene.stop());

  const change = (client: string, column: 'disabled_at' | 'deleted_at', value: 'now()' | 'NULL') =>
    scene.rows(`UPDATE clients SET ${column} = ${value} WHERE client_id = $1`, [client]);

  const stateOf = async (id: string): Promise<unknown> => {
    const rows = await scene.rows(
      'SELECT enabled, disabled_reason, version FROM webhook_endpoints WHERE endpoint_id = $1',
      [id],
    );
    return rows[0];
  };

  const orderOf = (owner: string) => ({ orderId: uuidv7(), version: 1, owner });

  it('given active clients, and one that is not known, then nothing changes', async () => {
    const ids = [await scene.endpoint('/a'), await scene.endpoint('/b', { client_id: 'unknown' })];
    expect(await followClients(scene.db)).to.equal(0);
    for (const id of ids)
      expect(await stateOf(id)).to.deep.equal({ enabled: true, disabled_reason: null, version: 1 });
  });

  it('given a removed client, then its endpoints are removed, and neither waiting nor new events are sent', async () => {
    const ids = [await scene.endpoint('/a'), await scene.endpoint('/b', { enabled: false })];
    const kept = await scene.endpoint('/other', { client_id: 'other' });
    scene.receiver.answer('/a', () => ({ status: 500 }));
    await scene.events(orderOf('shop'));
    await scene.deliver(instance);
    await change('shop', 'deleted_at', 'now()');
    expect(await followClients(scene.db)).to.equal(2);
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity' AND NOT is_taken");
    await scene.events(orderOf('shop'), orderOf('other'));
    while ((await instance.fanOut.runOnce()) !== 'idle');
    await instance.deliveries.runOnce();
    await instance.whenIdle();
    expect(scene.receiver.of('/a')).to.have.length(1);
    expect(scene.receiver.of('/other')).to.have.length(1);
    for (const id of ids) expect(await stateOf(id)).to.equal(undefined);
    expect(await stateOf(kept)).to.deep.include({ enabled: true });
    expect(await followClients(scene.db)).to.equal(0);
  });

  it('given a disabled client, then its endpoints are disabled, until they are enabled after the client; then what waited is sent', async () => {
    const id = await scene.endpoint('/a');
    const [before, between, after] = [orderOf('shop'), orderOf('shop'), orderOf('shop')];
    scene.receiver.answer('/a', () => ({ status: scene.receiver.of('/a').length === 1 ? 500 : 200 }));
    await scene.events(before);
    await scene.deliver(instance);
    await change('shop', 'disabled_at', 'now()');
    expect(await followClients(scene.db)).to.equal(1);
    const disabled = { enabled: false, disabled_reason: 'client_disabled', version: 2 };
    expect(await stateOf(id)).to.deep.equal(disabled);
    await scene.rows('UPDATE webhook_queue SET due_at = now()');
    await scene.events(between);
    while ((await instance.fanOut.runOnce()) !== 'idle');
    await instance.deliveries.runOnce();
    await instance.whenIdle();
    expect(scene.receiver.of('/a')).to.have.length(1);

    await change('shop', 'disabled_at', 'NULL');
    expect(await followClients(scene.db)).to.equal(0);
    expect(await stateOf(id)).to.deep.equal(disabled);
    await changeEndpoint(scene.db, id, null, { isEnabled: true, expected: null });
    await scene.events(after);
    await scene.deliver(instance);
    expect(scene.receiver.of('/a').map(({ orderId }) => orderId)).to.have.members([
      before.orderId,
      before.orderId,
      after.orderId,
    ]);
  });

  it('given an endpoint of a disabled client that is enabled, then it is disabled again', async () => {
    const id = await scene.endpoint('/a');
    await change('shop', 'disabled_at', 'now()');
    await followClients(scene.db);
    await changeEndpoint(scene.db, id, null, { isEnabled: true, expected: null });
    expect(await followClients(scene.db)).to.equal(1);
    expect(await stateOf(id)).to.deep.include({ enabled: false, disabled_reason: 'client_disabled' });
  });
});
