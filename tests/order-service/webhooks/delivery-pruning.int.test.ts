import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { deliveryPruning } from '../../../src/order-service/webhooks/use-cases/prune-deliveries';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const RETENTION = { days: 30, kept: 6 };

describe('the pruning of webhook deliveries', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  /** Runs as the housekeeping does, until nothing is removed. */
  async function prune(): Promise<void> {
    for (let removed = 1; removed > 0;) {
      removed = 0;
      for (const step of deliveryPruning(scene.db, RETENTION)) removed += await step();
    }
  }

  const attempts = async (id: string): Promise<number> =>
    (await scene.rows('SELECT FROM webhook_attempts WHERE endpoint_id = $1', [id])).length;

  const deliverTo = async (count: number): Promise<void> => {
    await scene.events(...Array.from({ length: count }, () => ({ orderId: uuidv7(), version: 1 })));
    await scene.deliver(scene.instance());
  };

  it('given attempts of any age, then the old ones and those beyond the limit of their endpoint are removed', async () => {
    const few = await scene.endpoint('/few', { client_id: 'other' });
    const many = await scene.endpoint('/many');
    await deliverTo(9);
    await scene.events(
      { orderId: uuidv7(), version: 1, owner: 'other' },
      { orderId: uuidv7(), version: 1, owner: 'other' },
    );
    await scene.deliver(scene.instance());
    await scene.rows(
      `UPDATE webhook_attempts SET attempted_at = now() - interval '31 days'
        WHERE event_id = (SELECT event_id FROM webhook_attempts WHERE endpoint_id = $1 ORDER BY event_id LIMIT 1)`,
      [few],
    );
    const newest = await scene.rows(
      'SELECT event_id FROM webhook_attempts WHERE endpoint_id = $1 ORDER BY event_id DESC LIMIT 6',
      [many],
    );
    await prune();
    expect(await attempts(few)).to.equal(1);
    const kept = await scene.rows(
      'SELECT event_id FROM webhook_attempts WHERE endpoint_id = $1 ORDER BY event_id DESC',
      [many],
    );
    expect(kept).to.deep.equal(newest);
  });

  it('given more attempts of replayed events than a batch has, then older attempts of later events are removed', async () => {
    const id = await scene.endpoint('/a');
    await scene.rows(
      `INSERT INTO webhook_attempts (endpoint_id, event_id, attempt, subject_id, version, type, outcome, attempted_at, latency_ms)
       SELECT $1, lpad(to_hex(n), 32, '0')::uuid, 1, gen_random_uuid(), 1, 't', 'succeeded',
              now() - CASE WHEN n > 1200 THEN interval '31 days' ELSE interval '1 day' END, 1
         FROM generate_series(1, 1210) AS n`,
      [id],
    );
    for (const step of deliveryPruning(scene.db, { days: 30, kept: 10_000 })) await step();
    expect(await attempts(id)).to.equal(1_200);
  });

  it('given a deleted endpoint, then its deliveries and attempts are removed, and those of others stay', async () => {
    const deleted = await scene.endpoint('/deleted');
    const other = await scene.endpoint('/other');
    await deliverTo(2);
    scene.receiver.answer('/deleted', () => ({ status: 500 }));
    await deliverTo(2);
    await scene.rows('DELETE FROM webhook_endpoints WHERE endpoint_id = $1', [deleted]);
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
    await scene.instance().deliveries.runOnce();
    await prune();
    expect(await attempts(deleted)).to.equal(0);
    expect(await attempts(other)).to.equal(4);
    expect(await scene.rows('SELECT FROM webhook_queue')).to.deep.equal([]);
    expect(scene.receiver.of('/deleted')).to.have.length(4);
  });

  it('given deliveries that waited longer than the retention, then they have failed, and later ones of their order go', async () => {
    const id = await scene.endpoint('/a');
    const orderId = uuidv7();
    scene.receiver.answer('/a', () => ({ status: scene.receiver.of('/a').length === 1 ? 500 : 200 }));
    await scene.events({ orderId, version: 1 }, { orderId, version: 2 });
    await scene.deliver(scene.instance());
    await scene.rows("UPDATE webhook_queue SET queued_at = now() - interval '31 days' WHERE version = 1");
    await prune();
    await scene.deliver(scene.instance());
    expect(scene.receiver.of('/a').map(({ version }) => version)).to.deep.equal([1, 2]);
    const [, expired] = await scene.rows(
      'SELECT outcome, error FROM webhook_attempts WHERE endpoint_id = $1 AND version = 1 ORDER BY attempt',
      [id],
    );
    expect(expired).to.deep.equal({ outcome: 'failed', error: 'the delivery expired before it was sent' });
  });
});
