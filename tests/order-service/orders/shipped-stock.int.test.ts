import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import {
  type ApplyShipmentStatus,
  createApplyShipmentStatus,
} from '../../../src/order-service/orders/use-cases/apply-shipment-status';
import { type ShipmentMessage } from '../../../src/shared/contracts/messages';
import { originOf } from '../../../src/shared/event-log/event';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { envelope, statusPayload } from '../../support/messages';
import { openDatabase } from '../../support/open-database';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import {
  causesOf,
  countersOf,
  createProduct,
  expectExactStock,
  line,
  type TestProduct,
} from '../../support/stock-scene';

/** A shipment of every message; the version of a status is its place in the way of the shipment. */
const SHIPMENT = '0190a0a0-0000-7000-8000-000000000002';
const WAY = ['PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERY_FAILED', 'RETURNED'];

describe('the stock of orders that are shipped', function () {
  this.timeout(60_000);
  let url: string;
  let service: OrderService;
  let database: ServiceDatabase;
  let shop: ApiClient;
  let apply: ApplyShipmentStatus;
  before(async () => {
    const environment = await testEnvironment({ RECONCILE_AFTER_SECONDS: '3600' });
    url = environment['ORDER_DATABASE_URL']!;
    database = openDatabase(url);
    service = composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
    await startService(service);
    shop = await apiClient(`http://127.0.0.1:${service.http.port()}`, 'demo-client');
    apply = createApplyShipmentStatus(database, silentLogger, {
      recordUnknownOrders: () => Promise.resolve(new Set()),
      restocksReturns: true,
    });
  });
  after(async () => {
    await stopService(service);
    await database.stop();
  });
  afterEach(() => expectExactStock(url));

  async function order(product: TestProduct, quantity = 1): Promise<string> {
    const answer = await shop.post('/orders', orderBody({ items: [line(product, quantity)] }));
    expect(answer.status, answer.text).to.equal(201);
    return answer.body.order_id as string;
  }

  const report = (orderId: string, status: string) => {
    const payload = statusPayload(status, SHIPMENT);
    const version = WAY.indexOf(status) + 1;
    const message = envelope({ type: 'SHIPMENT_STATUS_CHANGED', order_id: orderId, version, payload });
    return apply(message as ShipmentMessage, originOf('delivery-service'));
  };

  it('given a product whose stock another session keeps locked, then other statuses and other products are not delayed', async () => {
    const [hot, cold] = [await createProduct(shop, { onHand: 9 }), await createProduct(shop, { onHand: 9 })];
    const [locked, ...others] = [await order(hot), await order(cold), await order(hot)];
    for (const id of [locked!, ...others]) await report(id, 'PROCESSING');
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [hot.product_id]);
      let isOver = false;
      const waiting = report(locked!, 'SHIPPED').finally(() => (isOver = true));
      await delay(10);
      const outcomes = [report(others[0]!, 'SHIPPED'), report(await order(cold), 'PROCESSING')];
      expect(await Promise.all(outcomes)).to.deep.equal(['next', 'next']);
      expect(isOver, 'the status of the locked product').to.equal(false);
      expect(await countersOf(url, cold)).to.deep.equal({ on_hand: 8, reserved: 1 });
      await client.query('COMMIT');
      expect(await waiting).to.equal('next');
    });
    expect(await countersOf(url, hot)).to.deep.equal({ on_hand: 8, reserved: 1 });
  });

  it('given a product whose stock another session keeps locked, then reservations of other products are not delayed', async () => {
    const [hot, cold] = [await createProduct(shop, { onHand: 9 }), await createProduct(shop, { onHand: 9 })];
    const reserve = (product: TestProduct) => shop.post('/reservations', { items: [line(product)] });
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [hot.product_id]);
      let isOver = false;
      const waiting = reserve(hot).finally(() => (isOver = true));
      await delay(20);
      const others = await Promise.all([reserve(cold), reserve(cold)]);
      expect(others.map(({ status }) => status)).to.deep.equal([201, 201]);
      expect(isOver, 'the reservation of the locked product').to.equal(false);
      expect((await waiting).status).to.equal(503);
      await client.query('COMMIT');
    });
    expect((await reserve(hot)).status).to.equal(201);
    expect([await countersOf(url, hot), await countersOf(url, cold)]).to.deep.equal([
      { on_hand: 9, reserved: 1 },
      { on_hand: 9, reserved: 2 },
    ]);
  });

  it('given statuses that the previous version applied, then the next one takes the units out of stock, once; a return puts them back', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    const [moving, returned] = [await order(lamp, 2), await order(lamp, 3)];
    for (const id of [moving, returned]) {
      await report(id, 'PROCESSING');
      // The previous version settles no stock.
      await setKept(id, false);
      await report(id, 'SHIPPED');
      await setKept(id, true);
    }
    await report(moving, 'IN_TRANSIT');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 7, reserved: 3 });
    await report(moving, 'OUT_FOR_DELIVERY');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 7, reserved: 3 });
    await setKept(returned, false);
    for (const status of WAY.slice(2, 5)) await report(returned, status);
    await setKept(returned, true);
    await report(returned, 'RETURNED');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 7, reserved: 0 });
    expect((await causesOf(url, lamp)).slice(-2)).to.deep.equal(['order_shipped', 'order_returned']);
  });

  it('given an order that has shipped, then its later statuses do not wait for locked stock', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    const id = await order(lamp);
    for (const status of ['PROCESSING', 'SHIPPED']) await report(id, status);
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [lamp.product_id]);
      expect(await report(id, 'IN_TRANSIT')).to.equal('next');
      await client.query('COMMIT');
    });
  });

  const setKept = (orderId: string, isKept: boolean) =>
    rowsOf(url, 'UPDATE orders SET is_stock_kept = $2 WHERE order_id = $1', [orderId, isKept]);
});
