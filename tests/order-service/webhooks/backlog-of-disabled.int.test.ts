import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { disableEndpoint } from '../../../src/order-service/webhooks/use-cases/disable-endpoint';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { changeEndpoint } from '../../../src/order-service/webhooks/use-cases/manage-endpoints';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const ROOM = { usual: 0, exceptions: new Map<string, number>(), total: 0, leaseMs: 1_000 };

describe('the backlog of a webhook endpoint that is disabled and enabled again', () => {
  let scene: WebhookScene;
  let id: string;

  beforeEach(async () => {
    scene = await webhookScene();
    id = await scene.endpoint('/a');
    await scene.endpoint('/other', { client_id: 'other' });
  });

  afterEach(() => scene.stop());

  async function write(count: number, owner = 'shop'): Promise<string[]> {
    const events = Array.from({ length: count }, () => ({ orderId: uuidv7(), version: 1, owner }));
    await scene.events(...events);
    return events.map(({ orderId }) => orderId);
  }

  const enable = (isEnabled: boolean) => changeEndpoint(scene.db, id, null, { isEnabled, expected: null });

  async function queueAll(): Promise<string[]> {
    while ((await createFanOut(scene.db)(ROOM, 500)).state === 'more');
    while (await catchUpEndpoints(scene.db));
    const rows = await scene.rows<{ subject_id: string }>(
      'SELECT subject_id FROM webhook_queue WHERE endpoint_id = $1 ORDER BY event_id',
      [id],
    );
    return rows.map((row) => row.subject_id);
  }

  const state = async (): Promise<object | undefined> =>
    (
      await scene.rows('SELECT is_behind, missed_before FROM webhook_endpoints WHERE endpoint_id = $1', [id])
    )[0];

  const BY = {
    'its client': () => enable(false),
    'its failures': async () => {
      const [row] = await scene.rows<{ version: number }>(
        'SELECT health_version AS version FROM webhook_endpoints WHERE endpoint_id = $1',
        [id],
      );
      await disableEndpoint(scene.db, { endpointId: id, reason: 'failing', healthVersion: row!.version });
    },
  };
  for (const [name, disable] of Object.entries(BY))
    it(`given an endpoint that was behind, disabled by ${name}, twice, then it gets all but the events of those times`, async () => {
      const first = await write(1);
      await queueAll();
      await scene.rows(
        `UPDATE webhook_endpoints SET is_behind = true, cursor_position = o.position, cursor_proof = o.proof
           FROM webhook_fan_out o WHERE endpoint_id = $1`,
        [id],
      );
      const second = await write(2);
      await disable();
      await write(2);
      await enable(true);
      const third = await write(2);
      await disable();
      await write(2);
      await enable(true);
      const fourth = await write(2);
      expect(await queueAll()).to.deep.equal([...first, ...second, ...third, ...fourth]);
      expect(await state()).to.deep.equal({ is_behind: false, missed_before: null });
    });

  it('given an endpoint that followed the fan-out, then events that the fan-out had not reached are sent later', async () => {
    const first = await write(2);
    await enable(false);
    await write(2);
    await queueAll();
    await enable(true);
    const second = await write(1);
    expect(await queueAll()).to.deep.equal([...first, ...second]);
  });

  it('given only events of other clients behind the fan-out, then the endpoint is not behind', async () => {
    await write(2, 'other');
    await enable(false);
    expect(await state()).to.deep.equal({ is_behind: false, missed_before: null });
  });

  it('given a backlog that the feed has not kept, then the endpoint says so and is told', async () => {
    await write(2);
    await enable(false);
    await write(3, 'other');
    await queueAll();
    await scene.rows('DELETE FROM event_feed WHERE position < (SELECT max(position) - 1 FROM event_feed)');
    await enable(true);
    expect(await queueAll()).to.deep.equal([id]);
    expect(await state())
      .to.have.property('missed_before')
      .that.is.instanceOf(Date);
  });
});
