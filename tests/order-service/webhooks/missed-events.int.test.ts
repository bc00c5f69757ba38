import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhook events that were removed before they were queued', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  const types = (path: string): string[] => scene.receiver.of(path).map(({ type }) => type);
  const missedBefore = async (id: string): Promise<Date | null> => {
    const [row] = await scene.rows<{ missed_before: Date | null }>(
      'SELECT missed_before FROM webhook_endpoints WHERE endpoint_id = $1',
      [id],
    );
    return row!.missed_before;
  };

  /** Removes all events but the last two positions of the feed. */
  const prune = () =>
    scene.rows('DELETE FROM event_feed WHERE position < (SELECT max(position) - 1 FROM event_feed)');

  it('given endpoints that slept while events were removed, then each is told first, and gets the rest; a new endpoint is not told', async () => {
    const sleeping = await scene.endpoint('/sleeping');
    await scene.endpoint('/filtered', { event_types: ['order.created'] });
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(scene.instance());
    for (let count = 0; count < 5; count += 1) await scene.events({ orderId: uuidv7(), version: 1 });
    const late = await scene.endpoint('/late');
    await prune();
    await scene.deliver(scene.instance());
    expect(types('/sleeping')).to.have.members(['order.created', 'webhook.events_missed', 'order.created']);
    expect(types('/filtered')).to.deep.equal(['order.created', 'order.created']);
    expect(types('/late')).to.deep.equal([]);
    expect(await missedBefore(sleeping)).to.be.instanceOf(Date);
    expect(await missedBefore(late)).to.equal(null);
    const notice = scene.receiver.of('/sleeping').find(({ type }) => type === 'webhook.events_missed');
    const { data } = JSON.parse(notice!.body) as { data: object };
    expect(data).to.deep.equal({
      endpoint_id: sleeping,
      missed_before: (await missedBefore(sleeping))!.toISOString(),
    });
  });

  it('given an endpoint with a full queue whose events were removed, then only that endpoint is told', async () => {
    const behind = await scene.endpoint('/behind');
    const other = await scene.endpoint('/other');
    await scene.events({ orderId: uuidv7(), version: 1 });
    const instance = scene.instance();
    await scene.deliver(instance);
    await scene.rows(
      'UPDATE webhook_endpoints SET is_behind = true, cursor_position = o.position, cursor_proof = o.proof FROM webhook_fan_out o WHERE endpoint_id = $1',
      [behind],
    );
    for (let count = 0; count < 5; count += 1) await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    await prune();
    while (await catchUpEndpoints(scene.db));
    await scene.deliver(instance);
    expect(types('/behind')).to.have.members(['order.created', 'webhook.events_missed', 'order.created']);
    expect(types('/other')).to.deep.equal(Array(6).fill('order.created'));
    expect(await missedBefore(other)).to.equal(null);
  });

  it('given a process that remembers a cursor which the database has lost, then it goes on with that of the database', async () => {
    const id = await scene.endpoint('/a');
    const instance = scene.instance();
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    const [before] = await scene.rows<{ position: string; proof: string }>(
      'SELECT position, proof FROM webhook_fan_out',
    );
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    await scene.rows('DELETE FROM event_feed WHERE position > $1', [before!.position]);
    await scene.rows('DELETE FROM event_feed_steps WHERE position > $1', [before!.position]);
    await scene.rows('UPDATE webhook_fan_out SET position = $1, proof = $2', [
      before!.position,
      before!.proof,
    ]);
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    expect(await missedBefore(id)).to.equal(null);
    expect(new Set(types('/a'))).to.deep.equal(new Set(['order.created']));
    expect(await scene.rows('SELECT FROM webhook_queue')).to.deep.equal([]);
  });
});
