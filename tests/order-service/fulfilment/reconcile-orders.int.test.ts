import { expect } from 'chai';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { composeDeliveryService, type DeliveryService } from '../../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../../src/delivery-service/config';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { type Logger } from '../../../src/shared/observability/logger';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { catchUpOrderList } from '../../support/order-list';
import { RESENDS, RESENDS_OF_EACH } from '../../support/resends';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { testQueues, type TestQueues } from '../../support/sqs-messages';

/** No loop runs in the background: each test runs single steps and drops messages in between. */
describe('the reconciler', () => {
  let environment: Record<string, string>;
  let orders: OrderService;
  let delivery: DeliveryService;
  let client: ApiClient;
  let queues: TestQueues;
  let logged: { message: string; fields: object }[] = [];
  const record = (message: string, fields: object = {}) => logged.push({ message, fields });
  const told: Record<string, unknown>[] = [];
  const tell = (_: string, fields: object = {}) => told.push({ ...fields });
  const logger: Logger = { info: tell, debug: () => undefined, warn: record, error: record };
  const repairsOf = (id: string) => told.filter((line) => line['order_id'] === id && 'repair' in line);
  beforeEach(() => (logged = []));
  before(async () => {
    environment = await testEnvironment({ RECONCILE_AFTER_SECONDS: '60', SIMULATED_STEP_MS: '0' });
    delivery = composeDeliveryService(readDeliveryServiceConfig(environment), { logger: silentLogger });
    await delivery.http.start();
    const url = `http://127.0.0.1:${delivery.http.port()}`;
    orders = composeOrderService(readOrderServiceConfig({ ...environment, DELIVERY_SERVICE_URL: url }), {
      logger,
    });
    await orders.http.start();
    client = await apiClient(`http://127.0.0.1:${orders.http.port()}`, 'demo-client');
    queues = testQueues(environment);
  });
  after(async () => {
    queues.client.destroy();
    await Promise.all([stopService(orders), stopService(delivery)]);
  });

  it('given an ORDER_CREATED that the queue lost, then it is sent again with a new deduplication id', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    expect(await queues.drain(ORDERS_QUEUE)).to.have.length(1);
    await reconcile();
    expect(repairsOf(orderId)).to.have.length(1);
    const [sent] = await query('SELECT event_id, correlation_id FROM events WHERE order_id = $1', [orderId]);
    expect(repairsOf(orderId)[0]).to.include({ repair: 'created_resent', ...sent });
    await orders.relay.runOnce();
    await delivery.consumers[0]!.runOnce();
    const shipments = environment['DELIVERY_DATABASE_URL']!;
    expect(await countRows(shipments, 'shipments', `order_id = '${orderId}'`)).to.equal(1);
  });

  it('given an ORDER_CREATED that was already sent again, then the next repeat waits twice as long', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await reconcile();
    await orders.relay.runOnce();
    const resendsWhenSentAgo = async (seconds: number) => {
      await stall(`${seconds} s`);
      await orders.reconciler.runOnce();
      return rowsOf(environment['ORDER_DATABASE_URL']!, RESENDS, [orderId]);
    };
    expect(await resendsWhenSentAgo(90)).to.deep.equal([{ resends: 1 }]);
    expect(await resendsWhenSentAgo(150)).to.deep.equal([{ resends: 2 }]);
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await rowsOf(
      environment['ORDER_DATABASE_URL']!,
      "UPDATE orders SET status = 'CANCELLED' WHERE order_id = $1",
      [orderId],
    );
  });

  it('given an ORDER_CREATED that is still unpublished, then it is not sent twice', async () => {
    const orderId = await place();
    await reconcile();
    await orders.relay.runOnce();
    expect(await queues.drain(ORDERS_QUEUE)).to.have.length(1);
    expect(await rowsOf(environment['ORDER_DATABASE_URL']!, RESENDS, [orderId])).to.deep.equal([
      { resends: 0 },
    ]);
  });

  it('given an ORDER_CREATED that was delayed by an outage, then it is not repeated yet, and the order is compared again soon', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await stall('30 s');
    await orders.reconciler.runOnce();
    expect(await rowsOf(environment['ORDER_DATABASE_URL']!, RESENDS, [orderId])).to.deep.equal([
      { resends: 0 },
    ]);
    expect(await secondsSinceCheck(orderId)).to.be.within(45, 59);
    await reconcile();
    expect(await rowsOf(environment['ORDER_DATABASE_URL']!, RESENDS, [orderId])).to.deep.equal([
      { resends: 1 },
    ]);
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
  });

  it('given status messages that the queue lost, then the order catches up from the Delivery Service', async () => {
    const orderId = await placeAndShip();
    await delivery.relay.runOnce();
    await queues.drain(DELIVERY_STATUS_QUEUE);
    await reconcile();
    const { body } = await client.get(`/orders/${orderId}`);
    expect(body).to.deep.include({ status: 'SHIPPED', version: 2 });
    expect(body.shipping).to.include({ carrier: 'simulated' });
    const ids = await query('SELECT DISTINCT correlation_id FROM events WHERE order_id = $1', [orderId]);
    expect(ids, 'the shipment of the other service').to.have.length(1);
    expect(repairsOf(orderId)[0]).to.include({ repair: 'caught_up', ...ids[0] });
  });

  it('given an ORDER_CANCEL_REQUESTED that the queue lost, then it is sent again and answered', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await delivery.consumers[0]!.runOnce();
    await delivery.relay.runOnce();
    await orders.consumers[0]!.runOnce();
    expect((await client.post(`/orders/${orderId}/cancel`)).status).to.equal(202);
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await reconcile();
    await orders.relay.runOnce();
    await delivery.consumers[0]!.runOnce();
    await delivery.relay.runOnce();
    await orders.consumers[0]!.runOnce();
    expect((await client.get(`/orders/${orderId}`)).body).to.include({
      status: 'CANCELLED',
      cancellation: 'confirmed',
    });
  });

  it('given two reconcilers at once, then each stalled order is taken by one of them', async () => {
    const ids = await Promise.all([...Array(8)].map(() => place()));
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await stall();
    await Promise.all([orders.reconciler.runOnce(), orders.reconciler.runOnce()]);
    const resends = await rowsOf<{ resends: number }>(environment['ORDER_DATABASE_URL']!, RESENDS_OF_EACH, [
      ids,
    ]);
    expect(resends.map((row) => row.resends)).to.deep.equal(Array(8).fill(1));
  });

  it('given one order that cannot follow its shipment, then it is logged and waits its usual time, and the others catch up', async () => {
    const [bad = '', ...others] = await Promise.all(Array.from({ length: 12 }, place));
    await shipAndLose([bad, ...others]);
    // Like a restore of this service's database only.
    await query("UPDATE orders SET status = 'OUT_FOR_DELIVERY' WHERE order_id = $1", [bad]);
    const before = new Date();
    await reconcile();
    const sql =
      "SELECT order_id FROM orders WHERE order_id = ANY ($1) AND status NOT IN ('PENDING_SHIPMENT', 'OUT_FOR_DELIVERY')";
    expect(await query(sql, [[bad, ...others]])).to.have.length(others.length);
    const waits = 'SELECT order_id FROM order_checks WHERE order_id = $1 AND checked_at >= $2';
    expect(await query(waits, [bad, before])).to.have.length(1);
    expect(logged.map(({ message }) => message)).to.deep.equal([
      'stalled orders were repaired',
      'a stalled order cannot be repaired',
    ]);
    expect(logged[0]!.fields).to.have.property('caughtUp').that.is.at.least(others.length);
    for (const id of others) expect(repairsOf(id).map(({ repair }) => repair)).to.deep.equal(['caught_up']);
    expect(logged[1]!.fields).to.deep.equal({
      order_id: bad,
      error:
        'OUT_FOR_DELIVERY cannot become SHIPPED; allowed from OUT_FOR_DELIVERY: DELIVERED, DELIVERY_FAILED',
    });
    await query("UPDATE orders SET status = 'CANCELLED' WHERE order_id = $1", [bad]);
  });

  it('given a Delivery Service that is down, then the step fails, and the orders are compared again soon', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await stall();
    await delivery.http.stop();
    const error = await orders.reconciler.runOnce().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('kind', 'unavailable');
    expect(await secondsSinceCheck(orderId)).to.be.within(45, 59);
  });

  const query = (sql: string, values: unknown[]) =>
    rowsOf<{ order_id: string }>(environment['ORDER_DATABASE_URL']!, sql, values);

  /** All shipments are SHIPPED, and the queue has lost every message about it. */
  async function shipAndLose(ids: readonly string[]): Promise<void> {
    await orders.relay.runOnce();
    const shipped = `order_id IN (${ids.map((id) => `'${id}'`).join()}) AND status <> 'PROCESSING'`;
    while ((await countRows(environment['DELIVERY_DATABASE_URL']!, 'shipments', shipped)) < ids.length) {
      await delivery.consumers[0]!.runOnce();
      await delivery.progress.runOnce();
    }
    await delivery.relay.runOnce();
    await queues.drain(DELIVERY_STATUS_QUEUE);
  }

  async function secondsSinceCheck(orderId: string): Promise<number> {
    const sql =
      'SELECT extract(epoch FROM now() - checked_at)::float8 AS age FROM order_checks WHERE order_id = $1';
    const [row] = await rowsOf<{ age: number }>(environment['ORDER_DATABASE_URL']!, sql, [orderId]);
    return row!.age;
  }

  const place = async (): Promise<string> =>
    (await client.post('/orders', orderBody())).body.order_id as string;

  async function placeAndShip(): Promise<string> {
    const orderId = await place();
    await orders.relay.runOnce();
    const shipments = environment['DELIVERY_DATABASE_URL']!;
    while ((await countRows(shipments, 'shipments', `order_id = '${orderId}'`)) === 0)
      await delivery.consumers[0]!.runOnce();
    await delivery.relay.runOnce();
    await orders.consumers[0]!.runOnce();
    await delivery.progress.runOnce();
    return orderId;
  }

  /** Backdates every order's last change and every message by one hour. */
  async function stall(sentAgo = '1 hour'): Promise<void> {
    const url = environment['ORDER_DATABASE_URL']!;
    await catchUpOrderList(url);
    await rowsOf(
      url,
      `UPDATE order_checks SET checked_at = now() - interval '1 hour';
       UPDATE orders SET updated_at = now() - interval '1 hour'; UPDATE publications SET published_at = now() - interval '${sentAgo}'`,
    );
  }

  async function reconcile(): Promise<void> {
    await stall();
    await orders.reconciler.runOnce();
  }
});
