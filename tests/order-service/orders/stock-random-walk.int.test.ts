import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { createApplyShipmentStatus } from '../../../src/order-service/orders/use-cases/apply-shipment-status';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { apiClient, bearerClient } from '../../support/api-client';
import { createProduct, expectExactStock, type TestProduct } from '../../support/stock-scene';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { openDatabase } from '../../support/open-database';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { CHOICES, number, oneOf, type Walk } from '../../support/stock-walk';

const STEPS = 10_000;
const CLIENTS = 16;
const PRODUCTS = 6;
const KILL_EVERY_MS = 120;

describe('stock under random steps of many clients, while sessions are killed', function () {
  this.timeout(300_000);
  let environment: Record<string, string>;
  let url: string;
  let services: OrderService[];
  let database: ServiceDatabase;
  before(async () => {
    environment = await testEnvironment({ RETURNS_RESTOCK: 'true', RECONCILE_AFTER_SECONDS: '3600' });
    url = environment['ORDER_DATABASE_URL']!;
    database = openDatabase(url);
    services = ['', '0'].map((port) =>
      composeOrderService(
        readOrderServiceConfig({ ...environment, ...(port && { ORDER_SERVICE_PORT: port }) }),
        { logger: silentLogger },
      ),
    );
    for (const service of services) await startService(service);
  });
  after(async () => {
    for (const service of services) await stopService(service);
    await database.stop();
  });

  async function startWalk(): Promise<Walk> {
    const [first, second] = services.map(({ http }) => `http://127.0.0.1:${http.port()}`) as [string, string];
    const shop = await apiClient(first, 'demo-client');
    const clients = [shop, bearerClient(second, shop.token)];
    const products: TestProduct[] = [];
    for (let n = 0; n < PRODUCTS; n += 1)
      products.push(await createProduct(shop, { onHand: 10 + number(30) }));
    return {
      api: () => oneOf(clients),
      products,
      apply: createApplyShipmentStatus(database, silentLogger, {
        recordUnknownOrders: () => Promise.resolve(new Set()),
        restocksReturns: true,
      }),
      url,
      open: [],
      reservations: [],
      placed: new Set(),
      statuses: new Map(),
    };
  }

  async function killSessions(signal: AbortSignal): Promise<number> {
    let killed = 0;
    while (!signal.aborted) {
      await delay(KILL_EVERY_MS);
      const rows = await rowsOf(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name IN ('order-service', 'test') AND state <> 'idle'
          ORDER BY random() LIMIT 1`,
      );
      killed += rows.length;
    }
    return killed;
  }

  it(`given ${STEPS} steps of ${CLIENTS} clients at two instances, then counters, ledger, orders and reservations agree`, async () => {
    const walk = await startWalk();
    const end = new AbortController();
    const killing = killSessions(end.signal);
    let left = STEPS;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await oneOf(CHOICES)(walk);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client)).finally(() => end.abort());
    const killed = await killing;

    // The loops release the reservations that have expired.
    await eventually(async () =>
      expect(await countRows(url, 'reservations', `status = 'active' AND expires_at <= now()`)).to.equal(0),
    );
    await expectExactStock(url);
    expect(await countRows(url, 'orders')).to.equal(walk.placed.size);
    const [server] = await rowsOf<{ deadlocks: number }>(
      url,
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(server?.deadlocks).to.equal(0);
    expect(killed).to.be.above(10);
    const outcomes = [...walk.statuses.keys()];
    expect(outcomes).to.include.members([
      'place 201',
      'place 409',
      'adjust 409',
      'reserve 201',
      'reserve 409',
      'next',
      'seen',
    ]);
    const causes = await rowsOf<{ cause: string }>(url, 'SELECT DISTINCT cause FROM stock_ledger');
    expect(causes.map(({ cause }) => cause)).to.include.members([
      'order_placed',
      'order_cancelled',
      'order_shipped',
      'order_returned',
      'adjusted',
      'set',
      'reservation_created',
      'reservation_expired',
      'reservation_converted',
    ]);
    const subjects = `SELECT count(*)::int AS faults FROM (
      SELECT max(version) <> count(*) AS is_wrong FROM events WHERE subject_type = 'stock' GROUP BY subject_id) AS s WHERE is_wrong`;
    expect(await rowsOf(url, subjects)).to.deep.equal([{ faults: 0 }]);
  });
});
