import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { advanceReplays } from '../../../src/order-service/webhooks/use-cases/advance-replays';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { startReplay } from '../../../src/order-service/webhooks/use-cases/start-replay';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const ROOM = { usual: 0, exceptions: new Map<string, number>(), total: 0, leaseMs: 1_000 };

describe('the end of a webhook replay', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  const versions = async (id: string): Promise<number[]> =>
    (
      await scene.rows<{ version: number }>(
        'SELECT version FROM webhook_queue WHERE endpoint_id = $1 ORDER BY version',
        [id],
      )
    ).map(({ version }) => version);

  const fanOut = async () => {
    while ((await createFanOut(scene.db)(ROOM, 500)).state === 'more');
  };

  const replay = (endpointId: string, from: Date) =>
    startReplay(
      { db: scene.db, render: () => ({}) },
      { endpointId, visibleOwner: null, from, to: new Date(Date.now() + 60_000) },
      null,
    );

  it('given an endpoint that is behind, then no event is queued before the earlier ones of its order, and in the end all are', async () => {
    const from = new Date();
    const orderId = uuidv7();
    await scene.endpoint('/other');
    const behind = await scene.endpoint('/behind');
    await scene.events({ orderId, version: 1 });
    await fanOut();
    await scene.rows(
      `UPDATE webhook_endpoints SET is_behind = true, cursor_position = o.position, cursor_proof = o.proof
         FROM webhook_fan_out o WHERE endpoint_id = $1`,
      [behind],
    );
    for (const version of [2, 3]) await scene.events({ orderId, version });
    await fanOut();
    await scene.rows('DELETE FROM webhook_queue WHERE endpoint_id = $1', [behind]);
    await replay(behind, from);
    await advanceReplays(scene.db);
    expect(await versions(behind)).to.deep.equal([]);
    while (await catchUpEndpoints(scene.db));
    expect(await versions(behind)).to.deep.equal([2, 3]);
    while (await advanceReplays(scene.db));
    expect(await versions(behind)).to.deep.equal([1, 2, 3]);
    expect(await scene.rows('SELECT FROM webhook_replays WHERE ended_at IS NULL')).to.deep.equal([]);
  });

  it('given a new endpoint that the fan-out has not reached yet, then all earlier events are replayed', async () => {
    const from = new Date();
    const orderId = uuidv7();
    for (const version of [1, 2]) await scene.events({ orderId, version });
    const id = await scene.endpoint('/new');
    await replay(id, from);
    while (await advanceReplays(scene.db));
    await fanOut();
    expect(await versions(id)).to.deep.equal([1, 2]);
  });

  it('given an event that cannot be presented, then the others are replayed, the replay is incomplete, and only its endpoint is told', async () => {
    const from = new Date();
    const [orderId, broken] = [uuidv7(), uuidv7()];
    await scene.events({ orderId, version: 1 }, { orderId: broken, version: 1 }, { orderId, version: 2 });
    const [id, other] = [await scene.endpoint('/new'), await scene.endpoint('/other')];
    await scene.rows(`UPDATE events SET payload = 'null' WHERE subject_id = $1`, [broken]);
    await replay(id, from);
    while (await advanceReplays(scene.db));
    const queued = await scene.rows('SELECT type, version FROM webhook_queue WHERE endpoint_id = $1', [id]);
    expect(queued).to.have.deep.members([
      { type: 'order.created', version: 1 },
      { type: 'order.updated', version: 2 },
      { type: 'webhook.events_missed', version: 1 },
    ]);
    expect(await versions(other)).to.deep.equal([]);
    expect(
      await scene.rows('SELECT endpoint_id FROM webhook_endpoints WHERE missed_before IS NOT NULL'),
    ).to.deep.equal([{ endpoint_id: id }]);
    expect(await scene.rows('SELECT queued, is_incomplete FROM webhook_replays')).to.deep.equal([
      { queued: 2, is_incomplete: true },
    ]);
  });
});
