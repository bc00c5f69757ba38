import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { composeDeliveryService, type DeliveryService } from '../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../src/delivery-service/config';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { stopService } from '../../src/shared/runtime/lifecycle';
import { testEnvironment } from '../support/environment';
import { envelope, orderSnapshot } from '../support/messages';
import { countRows, rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';
import { testQueues, type TestQueues } from '../support/sqs-messages';

describe('the Delivery Service and the orders queue', () => {
  let environment: Record<string, string>;
  let delivery: DeliveryService;
  let queues: TestQueues;
  let database: string;
  before(async () => {
    environment = await testEnvironment({ SIMULATED_STEP_MS: '0' });
    database = environment['DELIVERY_DATABASE_URL']!;
    delivery = composeDeliveryService(readDeliveryServiceConfig(environment), { logger: silentLogger });
    queues = testQueues(environment);
  });
  after(async () => {
    queues.client.destroy();
    await stopService(delivery);
  });

  it('given one ORDER_CREATED five times, under the same and under other ids, then there is one shipment and one event', async () => {
    const orderId = randomUUID();
    const message = created(orderId);
    for (const copy of [message, message, created(orderId), message, created(orderId)])
      await deliver(orderId, copy);
    expect(await countRows(database, 'shipments', `order_id = '${orderId}'`)).to.equal(1);
    expect(await countRows(database, 'events', `order_id = '${orderId}'`)).to.equal(1);
  });

  it('given ORDER_CANCEL_REQUESTED before any ORDER_CREATED, then the shipment is cancelled and the late order changes nothing', async () => {
    const orderId = randomUUID();
    await deliver(orderId, cancel(orderId));
    await deliver(orderId, created(orderId));
    expect(await shipmentOf(orderId)).to.deep.include({
      status: 'CANCELLED',
      version: 2,
      next_step_at: null,
    });
    expect(await statusesOf(orderId)).to.deep.equal(['PROCESSING', 'CANCELLED']);
  });

  it('given two cancellation requests after SHIPPED, then one refusal is recorded and the shipment continues', async () => {
    const orderId = randomUUID();
    await deliver(orderId, created(orderId));
    await delivery.progress.runOnce();
    const wish = cancel(orderId);
    await deliver(orderId, wish);
    await deliver(orderId, wish);
    const refusals = await countRows(
      database,
      'events',
      `order_id = '${orderId}' AND type = 'SHIPMENT_CANCEL_REFUSED'`,
    );
    expect(refusals).to.equal(1);
    // The first report is dropped, because the refusal has changed the shipment.
    for (let step = 0; step < 4; step += 1) await delivery.progress.runOnce();
    expect(await shipmentOf(orderId)).to.include({ status: 'DELIVERED', version: 6 });
  });

  it('given a shipment that is cancelled during the call to the carrier, then the report is dropped', async () => {
    const orderId = randomUUID();
    await deliver(orderId, created(orderId));
    await Promise.all([delivery.progress.runOnce(), deliver(orderId, cancel(orderId))]);
    const statuses = await statusesOf(orderId);
    expect(['PROCESSING,CANCELLED', 'PROCESSING,SHIPPED']).to.include(statuses.filter(Boolean).join());
    expect((await shipmentOf(orderId)).version).to.equal(statuses.length);
  });

  it('given two progress loops at once over 40 shipments, then every shipment takes each step once', async () => {
    const orderIds = [...Array(40)].map(() => randomUUID());
    for (const orderId of orderIds) await deliver(orderId, created(orderId));
    for (let step = 0; step < 5; step += 1)
      await Promise.all([delivery.progress.runOnce(), delivery.progress.runOnce()]);
    for (const orderId of orderIds) {
      expect(await statusesOf(orderId)).to.deep.equal([
        'PROCESSING',
        'SHIPPED',
        'IN_TRANSIT',
        'OUT_FOR_DELIVERY',
        'DELIVERED',
      ]);
    }
  });

  it('given poison among valid messages, then it is in the dead letters and the others have their shipments', async () => {
    await queues.drain('orders-dlq.fifo');
    const good = [randomUUID(), randomUUID()];
    const poison: [string, string][] = [
      [randomUUID(), 'not json'],
      [randomUUID(), JSON.stringify(envelope({ type: 'ORDER_EXPLODED', order_id: randomUUID() }))],
      [
        randomUUID(),
        JSON.stringify(envelope({ type: 'ORDER_CREATED', order_id: randomUUID(), payload: { items: [] } })),
      ],
    ];
    for (const [group, body] of poison) await queues.send(ORDERS_QUEUE, group, body);
    for (const orderId of good) await queues.send(ORDERS_QUEUE, orderId, created(orderId));
    for (let receive = 0; receive < 6; receive += 1) await receiveOnce();
    for (const orderId of good)
      expect(await countRows(database, 'shipments', `order_id = '${orderId}'`)).to.equal(1);
    const dead = await queues.drain('orders-dlq.fifo');
    expect(dead.map(({ Body }) => Body)).to.have.members(poison.map(([, body]) => body));
  });

  it('given shipments, when their events are relayed, then the status queue delivers them in order', async () => {
    await delivery.relay.runOnce();
    await queues.drain(DELIVERY_STATUS_QUEUE);
    const orderId = randomUUID();
    await deliver(orderId, created(orderId));
    await delivery.progress.runOnce();
    await delivery.relay.runOnce();
    await delivery.relay.runOnce();
    const bodies = (await queues.drain(DELIVERY_STATUS_QUEUE)).map(
      ({ Body }) => JSON.parse(Body ?? '') as Sent,
    );
    const own = bodies.filter((sent) => sent.order_id === orderId);
    expect(own.map(({ version, payload }) => [version, payload.status])).to.deep.equal([
      [1, 'PROCESSING'],
      [2, 'SHIPPED'],
    ]);
  });

  interface Sent {
    order_id: string;
    version: number;
    payload: { status: string };
  }

  async function deliver(orderId: string, body: string): Promise<void> {
    await queues.send(ORDERS_QUEUE, orderId, body);
    await delivery.consumers[0]!.runOnce();
  }

  /** An empty receive would wait for 20 s, so there is always a valid message. */
  async function receiveOnce(): Promise<void> {
    const orderId = randomUUID();
    await deliver(orderId, created(orderId));
  }

  async function shipmentOf(orderId: string) {
    const sql = 'SELECT status, version, next_step_at FROM shipments WHERE order_id = $1';
    const [row] = await rowsOf<{ status: string; version: number; next_step_at: Date | null }>(
      database,
      sql,
      [orderId],
    );
    return row!;
  }

  async function statusesOf(orderId: string): Promise<(string | null)[]> {
    const sql = `SELECT CASE WHEN type = 'SHIPMENT_STATUS_CHANGED' THEN payload->>'status' END AS status
                   FROM events WHERE order_id = $1 ORDER BY version`;
    return (await rowsOf<{ status: string | null }>(database, sql, [orderId])).map(({ status }) => status);
  }
});

const created = (orderId: string): string =>
  JSON.stringify(envelope({ type: 'ORDER_CREATED', order_id: orderId, payload: orderSnapshot }));

const cancel = (orderId: string): string =>
  JSON.stringify(
    envelope({ type: 'ORDER_CANCEL_REQUESTED', order_id: orderId, version: 2, payload: orderSnapshot }),
  );
