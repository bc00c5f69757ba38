import { expect } from 'chai';
import { composeOrderService, readOrderServiceConfig } from '../../../src/order-service/composition';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { backUp } from '../../support/database-backup';
import { eventually } from '../../support/eventually';
import {
  accepted,
  carrierStep,
  deadLetters,
  deliveriesOf,
  findings,
  logOf,
  ordersOf,
  shipmentOf,
  startRestoreScene,
  stateOf,
  step,
  sweepAnew,
  untilStatus,
  type Accepted,
  type RestoreScene,
} from '../../support/restore-scene';
import { rowsOf } from '../../support/rows';

const SHIPPING = { carrier: 'post', tracking_number: 'P-1', estimated_delivery: '2026-12-01T00:00:00.000Z' };

describe('a delivery database restored from an earlier time than the order database', function () {
  this.timeout(60_000);
  let scene: RestoreScene;
  before(async () => {
    scene = await startRestoreScene();
  });
  after(() => scene.stop());
  beforeEach(() => scene.logged.splice(0));

  it('given steps that the order has, then the shipment gets the same steps again, and the carrier continues from there', async () => {
    const order = await accepted(scene);
    const backup = await backUp(deliveriesOf(scene));
    await step(scene, order, 'SHIPPED', SHIPPING);
    await step(scene, order, 'IN_TRANSIT');
    await step(scene, order, 'OUT_FOR_DELIVERY');
    const before = await logOf(scene, order);
    await backup.restore();
    await eventually(async () => expect(await versionOf(order)).to.equal(4));
    expect(await logOf(scene, order)).to.deep.equal(before);
    const unsent = `SELECT DISTINCT actor, correlation_id, EXISTS (SELECT FROM publications p WHERE p.seq = e.seq) AS is_sent,
              EXISTS (SELECT FROM outbox o WHERE o.seq = e.seq) AS is_to_be_sent
         FROM events e WHERE subject_id = $1 AND version > 1`;
    const placed = 'SELECT correlation_id FROM events WHERE order_id = $1 AND version = 1';
    const [{ correlation_id } = {}] = await rowsOf<{ correlation_id?: string }>(ordersOf(scene), placed, [
      order.order_id,
    ]);
    expect(await rowsOf(deliveriesOf(scene), unsent, [order.order_id])).to.deep.equal([
      { actor: 'restored:order-service', correlation_id, is_sent: false, is_to_be_sent: false },
    ]);
    await step(scene, order, 'DELIVERED');
    expect(await stateOf(scene, order)).to.deep.equal({ status: 'DELIVERED', shipment_version: 5 });
  });

  it('given a missing shipment, then it is created again under its id, with the data of the order', async () => {
    const backup = await backUp(deliveriesOf(scene));
    const order = await accepted(scene);
    await scene.carrier.put(`/shipments/${order.shipment_id}/shipping`, SHIPPING);
    await step(scene, order, 'SHIPPED');
    const before = await logOf(scene, order);
    await backup.restore();
    await eventually(async () => expect(await versionOf(order)).to.equal(3));
    expect(await logOf(scene, order)).to.deep.equal(before);
    expect(before[1]).to.deep.include({ actor: 'demo-operator', previous_status: 'PROCESSING' });
    await step(scene, order, 'IN_TRANSIT');
  });

  it('given orders with a final status, then the sweep finds them, and their shipments get the same status', async () => {
    const [cancelled, delivered] = [await accepted(scene), await accepted(scene)];
    const backup = await backUp(deliveriesOf(scene));
    const gone = await accepted(scene);
    for (const order of [cancelled, gone]) {
      expect((await scene.shop.post(`/orders/${order.order_id}/cancel`)).status).to.equal(202);
      await untilStatus(scene, order, 'CANCELLED');
    }
    for (const status of ['SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'])
      await step(scene, delivered, status);
    await backup.restore();
    await sweepAnew(scene);
    await eventually(async () => {
      const found = [];
      for (const order of [cancelled, gone, delivered]) found.push((await shipmentOf(scene, order)).status);
      expect(found).to.deep.equal(['CANCELLED', 'CANCELLED', 'DELIVERED']);
    });
    expect(await findings(scene)).to.deep.equal([]);
  });

  it('given a shipment that took other steps under the same versions, then the order follows it, and no message is lost', async () => {
    const order = await accepted(scene);
    const backup = await backUp(deliveriesOf(scene));
    await scene.carrier.put(`/shipments/${order.shipment_id}/shipping`, SHIPPING);
    await eventually(async () => expect((await stateOf(scene, order)).shipment_version).to.equal(2));
    await backup.restore();
    // For the order both are repeated messages or messages that it cannot apply.
    for (const status of ['SHIPPED', 'IN_TRANSIT']) await carrierStep(scene, order, status);
    await untilStatus(scene, order, 'IN_TRANSIT');
    await eventually(async () =>
      expect((await stateOf(scene, order)).shipment_version).to.equal(
        (await shipmentOf(scene, order)).version,
      ),
    );
    await step(scene, order, 'OUT_FOR_DELIVERY');
    expect(await deadLetters(scene)).to.equal(0);
  });

  it('given a shipped shipment of a cancelled order, then log, health, metrics and /reconciliation report it until it is accepted', async () => {
    const order = await accepted(scene);
    const backup = await backUp(deliveriesOf(scene));
    await scene.shop.post(`/orders/${order.order_id}/cancel`);
    await untilStatus(scene, order, 'CANCELLED');
    const later = await backUp(deliveriesOf(scene));
    await backup.restore();
    await carrierStep(scene, order, 'SHIPPED');
    await eventually(async () =>
      expect(await findings(scene)).to.deep.equal([
        {
          order_id: order.order_id,
          kind: 'different_way',
          order_status: 'CANCELLED',
          order_version: 3,
          applied_shipment_version: 2,
          shipment_id: order.shipment_id,
          shipment_status: 'SHIPPED',
          shipment_version: 2,
          accepted_by: null,
        },
      ]),
    );
    const entry = {
      message: 'an order does not match its shipment',
      fields: {
        order_id: order.order_id,
        kind: 'different_way',
        order_status: 'CANCELLED',
        shipment_status: 'SHIPPED',
      },
    };
    // The finding may be visible before it is logged.
    await eventually(() => expect(scene.logged).to.deep.include(entry));
    await eventually(async () =>
      expect(await healthOf()).to.deep.equal({ status: 'degraded', reconciliation: 'down' }),
    );
    expect(await gauge('different_way')).to.equal(1);
    expect((await scene.operator.post(`/reconciliation/${order.order_id}/accept`)).status).to.equal(204);
    expect((await findings(scene))[0]).to.include({ accepted_by: 'demo-operator' });
    expect(await gauge('different_way')).to.equal(0);
    await later.restore();
    await eventually(async () => expect(await findings(scene)).to.deep.equal([]));
    expect(await deadLetters(scene)).to.equal(0);
  });

  it('given two reconcilers at once, then every step is restored once', async () => {
    const orders = [await accepted(scene), await accepted(scene), await accepted(scene)];
    const backup = await backUp(deliveriesOf(scene));
    for (const order of orders)
      for (const status of ['SHIPPED', 'IN_TRANSIT']) await step(scene, order, status);
    const config = readOrderServiceConfig({
      ...scene.pair.environment,
      DELIVERY_SERVICE_URL: scene.pair.deliveryUrl,
    });
    const other = composeOrderService(config, { logger: scene.logger });
    await backup.restore();
    const loops = [scene.pair.orders, other].flatMap(({ reconciler, sweep }) => [reconciler, sweep]);
    await eventually(async () => {
      await sweepAnew(scene);
      await Promise.all(loops.map((loop) => loop.runOnce()));
      for (const order of orders) expect(await versionOf(order)).to.equal(3);
    });
    await stopService(other);
    for (const order of orders)
      expect((await logOf(scene, order)).map(({ version }) => version)).to.deep.equal([1, 2, 3]);
  });

  it('given an outage of the Delivery Service during the repair, then the repair is completed after the outage', async () => {
    const order = await accepted(scene);
    const backup = await backUp(deliveriesOf(scene));
    await step(scene, order, 'SHIPPED');
    scene.peer.break('reset');
    await backup.restore();
    await sweepAnew(scene);
    await eventually(() =>
      expect(scene.logged.map(({ message }) => message)).to.include(
        'reconciliation sweep failed and will be retried',
      ),
    );
    scene.peer.heal();
    await eventually(async () => expect(await versionOf(order)).to.equal(2));
  });

  it('given an operator who advances the shipment meanwhile, then this step is kept, and order and shipment agree', async () => {
    const order = await accepted(scene);
    const backup = await backUp(deliveriesOf(scene));
    await step(scene, order, 'SHIPPED');
    await step(scene, order, 'IN_TRANSIT');
    await backup.restore();
    const moved = await carrierStep(scene, order, 'SHIPPED');
    expect(moved.status).to.be.oneOf([200, 409]);
    await eventually(async () =>
      expect(await shipmentOf(scene, order)).to.include({ status: 'IN_TRANSIT', version: 3 }),
    );
    await step(scene, order, 'OUT_FOR_DELIVERY');
  });

  const versionOf = async (order: Accepted): Promise<number> =>
    (await shipmentOf(scene, order)).version as number;

  async function healthOf() {
    const { status, components } = (await scene.operator.get('/health')).body;
    return { status, reconciliation: components.reconciliation.status };
  }

  async function gauge(kind: string): Promise<number> {
    const { text } = await scene.operator.get('/metrics');
    return Number(new RegExp(`reconciliation_findings\\{kind="${kind}".*\\} (\\d+)`).exec(text)?.[1] ?? 0);
  }
});
