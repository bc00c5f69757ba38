import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { takeDue } from '../../../src/order-service/webhooks/store/queue-take-store';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { deliveryPruning } from '../../../src/order-service/webhooks/use-cases/prune-deliveries';
import { settleDeliveries } from '../../../src/order-service/webhooks/use-cases/settle-deliveries';
import { untilWaiting } from '../../support/until-waiting';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const LEASE_MS = 60_000;

describe('the expiry of webhook deliveries beside a settlement', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  const expire = async (): Promise<void> => {
    for (const step of deliveryPruning(scene.db, { days: 30, kept: 1_000 })) await step();
  };

  it('given the next delivery of an order expires while the first one is settled, then the one after it becomes due', async () => {
    const endpointId = await scene.endpoint('/a');
    const [orderId = '', other = ''] = [uuidv7(), uuidv7()].toSorted();
    await scene.events({ orderId, version: 1 });
    await createFanOut(scene.db)({ usual: 0, exceptions: new Map(), total: 0, leaseMs: LEASE_MS }, 100);
    const take = {
      room: new Map([[endpointId, 1]]),
      total: 1,
      mostPerEndpoint: 1,
      leaseMs: LEASE_MS,
    };
    const [taken] = await scene.db.transaction((tx) => takeDue(tx, { ...take, isLast: true }));
    await scene.rows(
      `INSERT INTO webhook_queue (endpoint_id, subject_id, version, event_id, type, due_at, queued_at)
       VALUES ($1, $2, 2, gen_random_uuid(), 't', 'infinity', now() - interval '31 days'),
              ($1, $2, 3, gen_random_uuid(), 't', 'infinity', now()),
              ($1, $3, 1, gen_random_uuid(), 't', now() + interval '1 day', now() - interval '31 days'),
              ($1, $3, 2, gen_random_uuid(), 't', 'infinity', now())`,
      [endpointId, orderId, other],
    );
    const pending: Promise<unknown>[] = [];
    await scene.db.transaction(async (tx) => {
      // Stops the expiry before its end.
      await tx.query('SELECT FROM webhook_queue WHERE subject_id = $1 AND version = 2 FOR UPDATE', [other]);
      pending.push(expire());
      await untilWaiting(scene.url, 1);
      const settlement = { ...taken!, outcome: 'succeeded' as const, attemptedAt: new Date() };
      pending.push(
        settleDeliveries(scene.db, {
          settled: [{ ...settlement, latencyMs: 0, httpStatus: 200, error: null, excerpt: null }],
          takesNext: () => false,
          take: { ...take, room: new Map(), total: 0 },
          stretch: 1,
        }),
      );
      await untilWaiting(scene.url, 2);
    });
    await Promise.all(pending);
    const rows = await scene.rows(
      "SELECT version, due_at < 'infinity' AS has_time FROM webhook_queue WHERE subject_id = $1",
      [orderId],
    );
    expect(rows).to.deep.equal([{ version: 3, has_time: true }]);
  });
});
