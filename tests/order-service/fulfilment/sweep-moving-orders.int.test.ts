import { expect } from 'chai';
import { readDeliveryServiceConfig } from '../../../src/delivery-service/config';
import { composeDeliveryService, type DeliveryService } from '../../../src/delivery-service/composition';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { linesOf, recordingLogger, type RecordedLine } from '../../support/recorded-log';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

/** No loop runs in the background: the messages of the shipment stay on their way. */
describe('the sweep and an order that moves', () => {
  let orders: OrderService;
  let delivery: DeliveryService;
  let client: ApiClient;
  let database: string;
  const lines: RecordedLine[] = [];
  before(async () => {
    const environment = await testEnvironment({ SIMULATED_STEP_MS: '0' });
    database = environment['ORDER_DATABASE_URL']!;
    delivery = composeDeliveryService(readDeliveryServiceConfig(environment), { logger: silentLogger });
    await delivery.http.start();
    const url = `http://127.0.0.1:${delivery.http.port()}`;
    orders = composeOrderService(readOrderServiceConfig({ ...environment, DELIVERY_SERVICE_URL: url }), {
      logger: recordingLogger('order-service', lines),
    });
    await orders.http.start();
    client = await apiClient(`http://127.0.0.1:${orders.http.port()}`, 'demo-client');
  });
  after(() => Promise.all([stopService(orders), stopService(delivery)]));

  it('given messages on their way, then the usual pass leaves the order to them, and counts no repair', async () => {
    const orderId = await placeAndShip();
    await sweep({ isFast: false });
    expect(repairsOf(orderId)).to.deep.equal([]);
    expect((await client.get(`/orders/${orderId}`)).body.status).to.equal('PENDING_SHIPMENT');
  });

  it('given the same order in the pass after a restore, then it catches up at once', async () => {
    const orderId = await placeAndShip();
    await sweep({ isFast: true });
    expect(repairsOf(orderId)).to.deep.equal(['caught_up']);
    expect((await client.get(`/orders/${orderId}`)).body.status).to.equal('SHIPPED');
  });

  it('given an order that has not changed for RECONCILE_AFTER_SECONDS, then the usual pass compares it', async () => {
    const orderId = await placeAndShip();
    await rowsOf(
      database,
      "UPDATE orders SET updated_at = now() - interval '61 seconds' WHERE order_id = $1",
      [orderId],
    );
    await sweep({ isFast: false });
    expect(repairsOf(orderId)).to.deep.equal(['caught_up']);
  });

  async function placeAndShip(): Promise<string> {
    const orderId = (await client.post('/orders', orderBody())).body.order_id as string;
    await orders.relay.runOnce();
    await delivery.consumers[0]!.runOnce();
    await delivery.progress.runOnce();
    return orderId;
  }

  async function sweep({ isFast }: { isFast: boolean }): Promise<void> {
    await rowsOf(
      database,
      `UPDATE reconciliation_sweeps
          SET position = 'ffffffff-ffff-ffff-ffff-ffffffffffff', is_fast = $1, next_at = now()`,
      [isFast],
    );
    await orders.sweep.runOnce();
  }

  const repairsOf = (orderId: string): unknown[] =>
    linesOf(lines, orderId)
      .filter(({ message }) => message === 'order repaired')
      .map((line) => line['repair']);
});
