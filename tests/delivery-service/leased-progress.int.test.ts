import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type Carrier } from '../../src/delivery-service/carriers/carrier';
import { simulatedCarrier } from '../../src/delivery-service/carriers/simulated-carrier';
import { createAcceptOrder, type AcceptOrder } from '../../src/delivery-service/services/accept-order';
import { cancelShipment } from '../../src/delivery-service/services/cancel-shipment';
import {
  createShipmentProgress,
  type ShipmentProgress,
} from '../../src/delivery-service/workers/shipment-progress';
import { orderCancelRequested, orderCreated } from '../../src/shared/contracts/messages';
import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { createTestDatabase } from '../support/databases';
import { envelope, orderSnapshot } from '../support/messages';
import { rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 5,
  DATABASE_CONNECT_TIMEOUT_MS: 2_000,
  DATABASE_QUERY_TIMEOUT_MS: 2_000,
  DATABASE_PREPARED_STATEMENTS: true,
};
const ORIGIN = { actor: 'test', correlationId: 'c', traceparent: 't' };

describe('shipments that stay leased to their instance', () => {
  let url: string;
  let db: ServiceDatabase;
  const quick = simulatedCarrier({ stepMs: 0, failureRate: 0 });
  beforeEach(async () => {
    url = await createTestDatabase('delivery-service');
    db = createDatabase(url, 'leased', LIMITS, silentLogger);
  });
  afterEach(() => db.stop());

  const progressOf = (carrier: Carrier = quick) =>
    createShipmentProgress({ db, carrier, logger: silentLogger });

  it('given a shipment that was handed over, then each step moves it on, and only its instance finds it', async () => {
    const progress = progressOf();
    const orderId = await handOver(progress);
    const other = progressOf();
    for (const status of ['SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED']) {
      await other.runOnce();
      await progress.runOnce();
      expect(await stateOf(orderId)).to.include({ status });
    }
    expect((await stateOf(orderId)).wait).to.equal(null);
  });

  it('given an instance that stops between two steps, then the other one takes the shipment at once', async () => {
    const progress = progressOf();
    const orderId = await handOver(progress);
    await progress.runOnce();
    await progress.stop();
    await progressOf().runOnce();
    expect(await stateOf(orderId)).to.include({ status: 'IN_TRANSIT' });
  });

  it('given an instance that dies between two steps, then the shipment is due two seconds after its step was', async () => {
    const progress = progressOf();
    const orderId = await handOver(progress);
    expect((await stateOf(orderId)).wait).to.be.within(1, 2);
    await progress.runOnce();
    expect((await stateOf(orderId)).wait).to.be.within(1, 2);
    await rowsOf(url, "UPDATE shipments SET next_step_at = next_step_at - interval '2 s'");
    await progressOf().runOnce();
    expect(await stateOf(orderId)).to.include({ status: 'IN_TRANSIT' });
  });

  it('given two instances that both think they lease the shipments, then each step is written once, and no shipment is left behind', async () => {
    const [one, other] = [progressOf(), progressOf()];
    const ids = await Promise.all(Array.from({ length: 20 }, () => handOver(one)));
    await rowsOf(url, "UPDATE shipments SET next_step_at = now() - interval '1 s'");
    for (let step = 0; step < 12; step += 1) await Promise.all([one.runOnce(), other.runOnce()]);
    for (const id of ids) {
      expect(await stateOf(id)).to.include({ status: 'DELIVERED', version: 5 });
      const versions = await rowsOf<{ version: number }>(
        url,
        'SELECT version FROM events WHERE subject_id = $1 ORDER BY version',
        [id],
      );
      expect(versions.map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5]);
    }
  });

  it('given shipments of which one is cancelled during the call to the carrier, then it is cancelled, and the others are shipped', async () => {
    const progress = progressOf({
      ...quick,
      async poll(shipment) {
        if (shipment.orderId === ids[1]) await cancel(shipment.orderId);
        return quick.poll(shipment);
      },
    });
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push(await handOver(progress));
    await progress.runOnce();
    const statuses = await Promise.all(ids.map(async (id) => (await stateOf(id)).status));
    expect(statuses).to.deep.equal(['SHIPPED', 'CANCELLED', 'SHIPPED']);
  });

  it('given leased shipments of which one is held, then it is not handed over to the carrier, and the others are shipped', async () => {
    const progress = progressOf();
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push(await handOver(progress));
    await rowsOf(url, 'UPDATE shipments SET held_at = now(), next_step_at = NULL WHERE order_id = $1', [
      ids[1],
    ]);
    for (let step = 0; step < 3; step += 1) await progress.runOnce();
    const statuses = await Promise.all(ids.map(async (id) => (await stateOf(id)).status));
    expect(statuses).to.deep.equal(['OUT_FOR_DELIVERY', 'PROCESSING', 'OUT_FOR_DELIVERY']);
    const held = await rowsOf(url, 'SELECT FROM shipments WHERE held_at IS NOT NULL');
    expect(held).to.have.length(1);
  });

  it('given an instance that loses a race, then it does not end the lease of the winner', async () => {
    const one = progressOf();
    const orderId = await handOver(one);
    const late = progressOf({
      ...quick,
      async poll(shipment) {
        await one.runOnce();
        return quick.poll(shipment);
      },
    });
    await rowsOf(url, "UPDATE shipments SET next_step_at = now() - interval '1 s'");
    await late.runOnce();
    const { status, wait } = await stateOf(orderId);
    expect(status).to.equal('SHIPPED');
    expect(wait).to.be.within(1, 2);
  });

  it('given new orders beside repeated ones in one transaction, then each has one shipment', async () => {
    const accept = createAcceptOrder({ db, firstPollInMs: 0, logger: silentLogger });
    const [first, second, third] = [messageOf(), messageOf(), messageOf()];
    await accept(first);
    const made = await Promise.all([accept(second), accept(first), accept(third)]);
    expect(made.map((shipment) => shipment?.orderId ?? null)).to.deep.equal([
      second.message.order_id,
      null,
      third.message.order_id,
    ]);
    expect(await rowsOf(url, 'SELECT FROM events')).to.have.length(3);
  });

  async function handOver(progress: ShipmentProgress): Promise<string> {
    const accept: AcceptOrder = createAcceptOrder({
      ...{ db, firstPollInMs: progress.firstStepInMs, logger: silentLogger },
    });
    const shipment = await accept(messageOf());
    progress.handOver(shipment!);
    return shipment!.orderId;
  }

  const messageOf = () => ({
    message: orderCreated.parse(
      envelope({ type: 'ORDER_CREATED', order_id: randomUUID(), payload: orderSnapshot }),
    ),
    origin: ORIGIN,
  });

  const cancel = (orderId: string) =>
    cancelShipment(
      { db, firstPollInMs: 0, logger: silentLogger },
      orderCancelRequested.parse(
        envelope({ type: 'ORDER_CANCEL_REQUESTED', order_id: orderId, payload: orderSnapshot }),
      ),
      ORIGIN,
    );

  async function stateOf(orderId: string) {
    const [row] = await rowsOf<{ status: string; version: number; wait: number | null }>(
      url,
      `SELECT status, version, EXTRACT(EPOCH FROM next_step_at - now())::float8 AS wait FROM shipments WHERE order_id = $1`,
      [orderId],
    );
    return row!;
  }
});
