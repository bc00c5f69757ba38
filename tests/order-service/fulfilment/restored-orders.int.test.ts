import { expect } from 'chai';
import { backUp } from '../../support/database-backup';
import { eventually } from '../../support/eventually';
import {
  accepted,
  carrierStep,
  deadLetters,
  deliveriesOf,
  findings,
  isHeld,
  ordersOf,
  shipmentOf,
  startRestoreScene,
  step,
  untilStatus,
  type RestoreScene,
} from '../../support/restore-scene';
import { rowsOf } from '../../support/rows';

describe('an order database restored from an earlier time than the delivery database', function () {
  this.timeout(60_000);
  let scene: RestoreScene;
  before(async () => {
    scene = await startRestoreScene();
  });
  after(() => scene.stop());
  beforeEach(() => scene.logged.splice(0));

  it('given shipments of missing orders, then unshipped ones are held, the others are reported, and no message is a dead letter', async () => {
    const backup = await backUp(ordersOf(scene));
    const [waiting, moving, withdrawn] = [
      await accepted(scene),
      await accepted(scene),
      await accepted(scene),
    ];
    const later = await backUp(ordersOf(scene));
    await backup.restore();
    for (const status of ['SHIPPED', 'IN_TRANSIT']) await carrierStep(scene, moving, status);
    await carrierStep(scene, withdrawn, 'CANCELLED');
    await eventually(async () =>
      expect(
        (await findings(scene)).map(({ order_id: id, kind, shipment_status: status }) => [id, kind, status]),
      ).to.have.deep.members([
        [waiting.order_id, 'shipment_without_order', 'PROCESSING'],
        [moving.order_id, 'shipment_without_order', 'IN_TRANSIT'],
      ]),
    );
    await eventually(async () => expect(await isHeld(scene, waiting)).to.equal(true));
    const told = scene.logged.filter(({ fields }) => fields['kind'] === 'shipment_without_order');
    expect(told.map(({ fields }) => fields['order_id'])).to.include.members([
      waiting.order_id,
      moving.order_id,
    ]);
    expect(await deadLetters(scene)).to.equal(0);

    await later.restore();
    await eventually(async () => expect(await isHeld(scene, waiting)).to.equal(false));
    await eventually(async () => expect(await findings(scene)).to.deep.equal([]));
    await untilStatus(scene, moving, 'IN_TRANSIT');
    await untilStatus(scene, withdrawn, 'CANCELLED');
    await untilStatus(scene, waiting, 'SHIPPED');
  });

  it('given orders that are behind, then they catch up, including those with a final status', async () => {
    const [moving, ended] = [await accepted(scene), await accepted(scene)];
    const backup = await backUp(ordersOf(scene));
    await step(scene, moving, 'SHIPPED');
    await scene.shop.post(`/orders/${ended.order_id}/cancel`);
    await untilStatus(scene, ended, 'CANCELLED');
    await backup.restore();
    await untilStatus(scene, moving, 'SHIPPED');
    await untilStatus(scene, ended, 'CANCELLED');
  });
  it('given any other client, then it can neither restore, hold nor list shipments', async () => {
    const answers = await Promise.all([
      scene.carrier.get('/reconciliation/shipments'),
      scene.carrier.post('/reconciliation/holds', { hold: [], release: [] }),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).to.deep.equal([
      [403, 'insufficient_scope'],
      [403, 'insufficient_scope'],
    ]);
    expect((await scene.shop.get('/reconciliation')).status).to.equal(403);
  });

  it('given held shipments, when an order matches, then its shipment continues; given a requested cancellation, then the shipment is only cancelled', async () => {
    const [going, cancelled] = [await accepted(scene), await accepted(scene)];
    await Promise.all([scene.pair.orders.sweep.stop(), scene.pair.delivery.progress.stop()]);
    await rowsOf(
      deliveriesOf(scene),
      `UPDATE shipments SET held_at = now(), next_step_at = NULL WHERE status = 'PROCESSING'`,
    );
    await scene.shop.post(`/orders/${cancelled.order_id}/cancel`);
    await untilStatus(scene, cancelled, 'CANCELLED');
    expect(await isHeld(scene, going)).to.equal(true);
    await eventually(async () => {
      await scene.pair.orders.sweep.runOnce();
      expect(await isHeld(scene, going)).to.equal(false);
    });
    expect(await shipmentOf(scene, cancelled)).to.include({ status: 'CANCELLED' });
  });
});
