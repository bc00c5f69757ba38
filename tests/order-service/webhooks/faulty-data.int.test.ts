import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const NO_ROOM = { usual: 0, exceptions: new Map(), total: 0, leaseMs: 60_000 };

describe('webhooks beside faulty data of another client', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  const damage = (orderId: string) =>
    scene.rows(`UPDATE events SET payload = '{"items": 7}' WHERE subject_id = $1`, [orderId]);

  const attempts = (endpointId: string) =>
    scene.rows('SELECT outcome, error FROM webhook_attempts WHERE endpoint_id = $1', [endpointId]);

  const FAILED = [{ outcome: 'retried', error: 'the request could not be made' }];
  const SENT = [{ outcome: 'succeeded', error: null }];

  async function twoClients() {
    const good = await scene.endpoint('/good', { client_id: 'good' });
    const bad = await scene.endpoint('/bad', { client_id: 'bad' });
    const orders = { good: uuidv7(), bad: uuidv7() };
    await scene.events(
      { orderId: orders.bad, version: 1, owner: 'bad' },
      { orderId: orders.good, version: 1, owner: 'good' },
    );
    return { good, bad, orders };
  }

  it('given a secret that cannot be opened, then only the deliveries of its endpoint fail', async () => {
    const { good, bad } = await twoClients();
    await scene.rows("UPDATE webhook_endpoints SET sealed_secret = '\\x00' WHERE endpoint_id = $1", [bad]);
    await scene.deliver(scene.instance());
    expect(await attempts(good)).to.deep.equal(SENT);
    expect(await attempts(bad)).to.deep.equal(FAILED);
  });

  it('given an order in the queue that cannot be presented, then only its delivery fails', async () => {
    const { good, bad, orders } = await twoClients();
    await createFanOut(scene.db)(NO_ROOM, 100);
    await damage(orders.bad);
    await scene.deliver(scene.instance());
    expect(await attempts(good)).to.deep.equal(SENT);
    expect(await attempts(bad)).to.deep.equal(FAILED);
  });

  it('given an order in the feed that cannot be presented, then it is skipped, and its endpoints say so', async () => {
    const { good, bad, orders } = await twoClients();
    await damage(orders.bad);
    await scene.deliver(scene.instance());
    expect(await attempts(good)).to.deep.equal(SENT);
    expect(scene.receiver.of('/bad').map(({ type }) => type)).to.deep.equal(['webhook.events_missed']);
    const missed = await scene.rows(
      'SELECT endpoint_id FROM webhook_endpoints WHERE missed_before IS NOT NULL',
    );
    expect(missed).to.deep.equal([{ endpoint_id: bad }]);
  });
});
