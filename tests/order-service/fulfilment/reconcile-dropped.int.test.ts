import { expect } from 'chai';
import { composeDeliveryService, type DeliveryService } from '../../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../../src/delivery-service/config';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient, send } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { catchUpOrderList } from '../../support/order-list';
import { bearer } from '../../support/oauth';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { testQueues, type TestQueues } from '../../support/sqs-messages';

/** Longer than the test. */
const AFTER_SECONDS = 1_000;

/** No loop runs in the background: each test runs single steps. */
describe('events that an operator has dropped', () => {
  let environment: Record<string, string>;
  let orders: OrderService;
  let delivery: DeliveryService;
  let client: ApiClient;
  let token: string;
  let queues: TestQueues;
  let orderDatabase: string;
  let deliveryDatabase: string;
  before(async () => {
    environment = await testEnvironment({
      RECONCILE_AFTER_SECONDS: String(AFTER_SECONDS),
      SIMULATED_STEP_MS: '0',
    });
    orderDatabase = environment['ORDER_DATABASE_URL']!;
    deliveryDatabase = environment['DELIVERY_DATABASE_URL']!;
    delivery = composeDeliveryService(readDeliveryServiceConfig(environment), { logger: silentLogger });
    await delivery.http.start();
    const url = `http://127.0.0.1:${delivery.http.port()}`;
    orders = composeOrderService(readOrderServiceConfig({ ...environment, DELIVERY_SERVICE_URL: url }), {
      logger: silentLogger,
    });
    await orders.http.start();
    client = await apiClient(environment['ORDER_SERVICE_URL']!, 'demo-client');
    ({ token } = await apiClient(environment['ORDER_SERVICE_URL']!, 'demo-operator'));
    queues = testQueues(environment);
  });
  after(async () => {
    queues.client.destroy();
    await Promise.all([stopService(orders), stopService(delivery)]);
  });

  it('given a dropped ORDER_CREATED, then the reconciler does not send it, and the order waits its usual time', async () => {
    const orderId = await place();
    await refuseAll(orderDatabase);
    expect(await dropAll(environment['ORDER_SERVICE_URL']!)).to.equal(1);
    const lost = await place();
    await orders.relay.runOnce();
    expect(await queues.drain(ORDERS_QUEUE), 'of the other order').to.have.length(1);
    await reconcile();
    await orders.relay.runOnce();
    const sent = await queues.drain(ORDERS_QUEUE);
    expect(sent.map(({ Body }) => (JSON.parse(Body!) as { order_id: string }).order_id)).to.deep.equal([
      lost,
    ]);
    expect(await secondsSinceCheck(orderId)).to.be.below(AFTER_SECONDS / 2);
    expect((await client.get(`/orders/${orderId}`)).body.status).to.equal('PENDING_SHIPMENT');
  });

  it('given a dropped ORDER_CREATED in the timeline, then it has no time of publication', async () => {
    const orderId = await place();
    await refuseAll(orderDatabase);
    await dropAll(environment['ORDER_SERVICE_URL']!);
    const { body } = await client.get(`/orders/${orderId}/timeline`);
    expect(body.data[0]).to.include({ type: 'ORDER_CREATED', published_at: null });
  });

  it('given a dropped status change, then the Order Service reads it over HTTP', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    while ((await countRows(deliveryDatabase, 'shipments', `order_id = '${orderId}'`)) === 0)
      await delivery.consumers[0]!.runOnce();
    await delivery.relay.runOnce();
    await orders.consumers[0]!.runOnce();
    await delivery.progress.runOnce();
    await refuseAll(deliveryDatabase);
    expect(await dropAll(`http://127.0.0.1:${delivery.http.port()}`)).to.equal(1);
    await delivery.relay.runOnce();
    expect(await queues.drain(DELIVERY_STATUS_QUEUE)).to.deep.equal([]);
    await reconcile();
    expect((await client.get(`/orders/${orderId}`)).body).to.include({ status: 'SHIPPED', version: 2 });
  });

  async function place(): Promise<string> {
    const { body } = await client.post('/orders', orderBody());
    return body.order_id as string;
  }

  /** As if the queue had refused every event that waits. */
  const refuseAll = (url: string) =>
    rowsOf(url, "UPDATE outbox SET attempts = 1, next_attempt_at = now() + interval '1 hour'");

  async function dropAll(url: string): Promise<number> {
    const answer = await send(`${url}/outbox/refused?all=true`, 'DELETE', undefined, bearer(token));
    return answer.body.dropped as number;
  }

  /** Backdates every order's last change and every message, and compares. */
  async function reconcile(): Promise<void> {
    await catchUpOrderList(orderDatabase);
    await rowsOf(
      orderDatabase,
      `UPDATE order_checks SET checked_at = now() - interval '1 day';
       UPDATE orders SET updated_at = now() - interval '1 day';
       UPDATE publications SET published_at = now() - interval '1 day'`,
    );
    await orders.reconciler.runOnce();
  }

  async function secondsSinceCheck(orderId: string): Promise<number> {
    const sql =
      'SELECT extract(epoch FROM now() - checked_at)::float8 AS age FROM order_checks WHERE order_id = $1';
    return (await rowsOf<{ age: number }>(orderDatabase, sql, [orderId]))[0]!.age;
  }
});
