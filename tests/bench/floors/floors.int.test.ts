import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, type ServiceName } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { countRows } from '../../support/rows';
import { startServicePair } from '../../support/service-pair';
import { newOrderRequest, sendOnce } from '../order-requests';
import { CREATE_ORDER_SCRIPTS } from './create-order-transaction';
import { inTurn } from './database-floor';
import { type FloorResult } from './floor-result';
import { firstThatFits, type FloorScript } from './floor-script';
import { orderLifeScripts } from './order-life-scripts';
import { runPgDriver } from './pg-driver';
import { findPgbench, runPgbench } from './pgbench';
import { expectSameRows, rowsPerOrder, type RowsPerOrder } from './rows-per-order';

const ORDERS = 10;
const PLACED = ['idempotency_records', 'orders', 'order_items', 'events', 'outbox'];
const DELIVERED = [...PLACED, 'publications'];
const SHIPPED = ['inbox', 'shipments', 'events', 'outbox', 'publications'];

describe('the floors in the database', function () {
  this.timeout(60_000);
  let folder: string;
  let scripts: Awaited<ReturnType<typeof orderLifeScripts>>;
  let placed: RowsPerOrder;
  let delivered: RowsPerOrder;
  let shipped: RowsPerOrder;

  /** Places orders, and reads the rows before and after the relay and the Delivery Service have seen them. */
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'floors-'));
    scripts = await orderLifeScripts();
    const pair = await startServicePair();
    const { ORDER_DATABASE_URL: orders = '', DELIVERY_DATABASE_URL: deliveries = '' } = pair.environment;
    await pair.orders.relay.stop();
    const { token } = await pair.client();
    await Promise.all(Array.from({ length: ORDERS }, () => sendOnce(pair.orderUrl, newOrderRequest(token))));
    placed = await rowsPerOrder(orders, PLACED);
    await pair.orders.relay.runOnce();
    await eventually(async () => {
      expect(await countRows(orders, 'orders', "status = 'DELIVERED'")).to.equal(ORDERS);
      expect(await countRows(deliveries, 'outbox')).to.equal(0);
    }, 30_000);
    delivered = await rowsPerOrder(orders, DELIVERED);
    shipped = await rowsPerOrder(deliveries, SHIPPED, 'shipments');
    await pair.stop();
  });
  after(() => rmSync(folder, { recursive: true }));

  type Run = (script: FloorScript, databaseUrl: string) => Promise<FloorResult>;
  const pgbench = findPgbench(process.env['PATH'] ?? '');
  const ways: [name: string, run: Run][] = [
    [
      'the pg driver',
      (script, databaseUrl) => runPgDriver(script, { databaseUrl, clients: 4, seconds: 0.3 }),
    ],
  ];
  if (pgbench !== null) {
    ways.push([
      'pgbench',
      (script, databaseUrl) => runPgbench(pgbench, script, { databaseUrl, folder, clients: 4, seconds: 1 }),
    ]);
  }
  for (const [name, run] of ways) {
    const runOn = async (service: ServiceName, script: FloorScript): Promise<string> => {
      const databaseUrl = await createTestDatabase(service);
      const result = await run(script, databaseUrl);
      expect(result.by).to.equal(name);
      expect(result.perSecond).to.be.above(0);
      expect(result.latency.p50).to.be.within(0.01, result.latency.p99);
      return databaseUrl;
    };

    it(`given ${name}, when it places orders, then it writes the same rows per order as the service`, async () => {
      const databaseUrl = await runOn('order-service', CREATE_ORDER_SCRIPTS[0]!);
      expectSameRows(await rowsPerOrder(databaseUrl, PLACED), placed);
    });

    it(`given ${name}, when it executes the whole way of orders, then it writes the same rows per order as both services`, async () => {
      const orders = await runOn('order-service', scripts.orders[0]!);
      expectSameRows(await rowsPerOrder(orders, DELIVERED), delivered);
      const deliveries = await runOn('delivery-service', scripts.deliveries[0]!);
      expectSameRows(await rowsPerOrder(deliveries, SHIPPED, 'shipments'), shipped);
    });
  }

  it('given scripts of several schemas, then the first that fits the tables is chosen, and it leaves no row', async () => {
    const databaseUrl = await createTestDatabase('order-service');
    const [present] = CREATE_ORDER_SCRIPTS;
    const newer = {
      ...present!,
      statements: ['BEGIN', 'DELETE FROM orders WHERE later_column = 1', 'COMMIT'],
    };
    expect(await firstThatFits(databaseUrl, [newer, present!])).to.equal(present);
    expect(await firstThatFits(databaseUrl, [newer])).to.equal(null);
    expect(await firstThatFits(databaseUrl, [scripts.deliveries[0]!])).to.equal(null);
    expect(await countRows(databaseUrl, 'orders')).to.equal(0);
  });

  it('given 300 orders/s in one database and 600 in the other, then one after the other is 200', () => {
    expect(inTurn(300, 600)).to.be.closeTo(200, 1e-9);
  });
});
