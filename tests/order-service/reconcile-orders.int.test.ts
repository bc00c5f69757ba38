import { expect } from 'chai';
import { ORDERS_QUEUE, DELIVERY_STATUS_QUEUE } from '../../src/shared/contracts/queue-names';
import { composeDeliveryService, type DeliveryService } from '../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../src/delivery-service/config';
import { composeOrderService, type OrderService } from '../../src/order-service/composition';
import { readOrderServiceConfig } from '../../src/order-service/config';
import { stopService } from '../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient } from '../support/api-client';
import { testEnvironment } from '../support/environment';
import { orderBody } from '../support/factories';
import { countRows, rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';
import { testQueues, type TestQueues } from '../support/sqs-messages';

/** Nothing runs by itself here: each test moves the loops by hand and loses messages in between. */
describe('the reconciler', () => {
  let environment: Record<string, string>;
  let orders: OrderService;
  let delivery: DeliveryService;
  let client: ApiClient;
  let queues: TestQueues;
  before(async () => {
    environment = await testEnvironment({ RECONCILE_AFTER_SECONDS: '1', SIMULATED_STEP_MS: '0' });
    delivery = composeDeliveryService(readDeliveryServiceConfig(environment), { logger: silentLogger });
    await delivery.http.start();
    const url = `http://127.0.0.1:${delivery.http.port()}`;
    orders = composeOrderService(readOrderServiceConfig({ ...environment, DELIVERY_SERVICE_URL: url }), {
      logger: silentLogger,
    });
    await orders.http.start();
    client = await apiClient(`http://127.0.0.1:${orders.http.port()}`, 'demo-client');
    queues = testQueues(environment);
  });
  after(async () => {
    queues.client.destroy();
    await Promise.all([stopService(orders), stopService(delivery)]);
  });

  it('given an ORDER_CREATED that the queue lost, then it is sent again, under a fresh deduplication id', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    expect(await queues.drain(ORDERS_QUEUE)).to.have.length(1);
    await reconcile();
    await orders.relay.runOnce();
    await delivery.consumers[0]!.runOnce();
    expect(
      await countRows(environment['DELIVERY_DATABASE_URL']!, 'shipments', `order_id = '${orderId}'`),
    ).to.equal(1);
  });

  it('given an ORDER_CREATED that was sent again already, then the next repeat waits twice as long', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await reconcile();
    await orders.relay.runOnce();
    const resendsWhenSentAgo = async (seconds: number) => {
      await stall(`${seconds} s`);
      await orders.reconciler.runOnce();
      const sql = 'SELECT resends FROM events WHERE order_id = $1';
      return rowsOf(environment['ORDER_DATABASE_URL']!, sql, [orderId]);
    };
    expect(await resendsWhenSentAgo(1.5)).to.deep.equal([{ resends: 1 }]);
    expect(await resendsWhenSentAgo(2.5)).to.deep.equal([{ resends: 2 }]);
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await rowsOf(
      environment['ORDER_DATABASE_URL']!,
      "UPDATE orders SET status = 'CANCELLED' WHERE order_id = $1",
      [orderId],
    );
  });

  it('given an ORDER_CREATED that only waits to be sent, then it is not sent twice', async () => {
    const orderId = await place();
    await reconcile();
    await orders.relay.runOnce();
    expect(await queues.drain(ORDERS_QUEUE)).to.have.length(1);
    expect(
      await rowsOf(environment['ORDER_DATABASE_URL']!, 'SELECT resends FROM events WHERE order_id = $1', [
        orderId,
      ]),
    ).to.deep.equal([{ resends: 0 }]);
  });

  it('given an ORDER_CREATED that an outage held up, then it is too early to repeat it, and it is looked at again soon', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await stall('0.5 s');
    await orders.reconciler.runOnce();
    const sql = 'SELECT resends FROM events WHERE order_id = $1';
    expect(await rowsOf(environment['ORDER_DATABASE_URL']!, sql, [orderId])).to.deep.equal([{ resends: 0 }]);
    expect(await secondsSinceCheck(orderId)).to.be.within(0.75, 2);
    await reconcile();
    expect(await rowsOf(environment['ORDER_DATABASE_URL']!, sql, [orderId])).to.deep.equal([{ resends: 1 }]);
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
  });

  it('given a wish to cancel that the queue lost, then it is sent again and answered', async () => {
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
    const resends = await rowsOf<{ resends: number }>(
      environment['ORDER_DATABASE_URL']!,
      `SELECT resends FROM events WHERE order_id = ANY ($1) AND type = 'ORDER_CREATED'`,
      [ids],
    );
    expect(resends.map((row) => row.resends)).to.deep.equal(Array(8).fill(1));
  });

  it('given a Delivery Service that is down, then the step fails, and the orders are compared again soon', async () => {
    const orderId = await place();
    await orders.relay.runOnce();
    await queues.drain(ORDERS_QUEUE);
    await stall();
    await delivery.http.stop();
    const error = await orders.reconciler.runOnce().catch((thrown: unknown) => thrown);
    expect(error).to.have.property('kind', 'unavailable');
    expect(await secondsSinceCheck(orderId)).to.be.within(0.75, 2);
  });

  async function secondsSinceCheck(orderId: string): Promise<number> {
    const sql =
      'SELECT extract(epoch FROM now() - checked_at)::float8 AS age FROM orders WHERE order_id = $1';
    const [row] = await rowsOf<{ age: number }>(environment['ORDER_DATABASE_URL']!, sql, [orderId]);
    return row!.age;
  }

  async function place(): Promise<string> {
    const { body } = await client.post('/orders', orderBody());
    return body.order_id as string;
  }

  async function placeAndShip(): Promise<string> {
    const orderId = await place();
    await orders.relay.runOnce();
    while (
      (await countRows(environment['DELIVERY_DATABASE_URL']!, 'shipments', `order_id = '${orderId}'`)) === 0
    ) {
      await delivery.consumers[0]!.runOnce();
    }
    await delivery.relay.runOnce();
    await orders.consumers[0]!.runOnce();
    await delivery.progress.runOnce();
    return orderId;
  }

  /** As if no order had moved for an hour, and every message had been sent that long ago. */
  async function stall(sentAgo = '1 hour'): Promise<void> {
    await rowsOf(
      environment['ORDER_DATABASE_URL']!,
      `UPDATE orders SET checked_at = now() - interval '1 hour';
       UPDATE events SET published_at = now() - interval '${sentAgo}' WHERE published_at IS NOT NULL`,
    );
  }

  async function reconcile(): Promise<void> {
    await stall();
    await orders.reconciler.runOnce();
  }
});
