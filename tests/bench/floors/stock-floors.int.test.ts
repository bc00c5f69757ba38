import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { productWords, termsOf } from '../../../src/order-service/catalogue/domain/search-terms';
import { allowedMistakes } from '../../../src/order-service/catalogue/domain/similar-words';
import { createTestDatabase } from '../../support/databases';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair } from '../../support/service-pair';
import { orderRequest, sendOnce } from '../order-requests';
import { productStatements, seededNameOf, skuOf } from '../seeded-products';
import { prepareFloor, type FloorScript } from './floor-script';
import { runPgDriver } from './pg-driver';
import { findPgbench, runPgbench } from './pgbench';
import { expectSameRows, rowsPerOrder, type RowsPerOrder } from './rows-per-order';
import { STOCK_ORDER_SCRIPTS, STOCK_ORDER_WITH_EVENTS_SCRIPTS } from './stock-order-transaction';

const ORDERS = 10;
const WRITTEN = ['idempotency_records', 'orders', 'order_items', 'order_events', 'outbox', 'order_ledger'];

/** Without the rows that are there before the first order. */
const VIEWS = [
  `CREATE VIEW order_events AS SELECT * FROM events WHERE subject_type = 'order'`,
  `CREATE VIEW stock_events AS SELECT * FROM events WHERE subject_type = 'stock'`,
  `CREATE VIEW order_ledger AS SELECT * FROM stock_ledger WHERE order_id IS NOT NULL`,
];

type Run = (script: FloorScript, databaseUrl: string) => Promise<unknown>;

describe('the floors of orders from stock', function () {
  this.timeout(60_000);
  let folder: string;
  let byService: RowsPerOrder;

  /** Places orders of two products each, of which no two orders have one in common. */
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stock-floors-'));
    const pair = await startServicePair();
    const { ORDER_DATABASE_URL: orders = '' } = pair.environment;
    await pair.orders.relay.stop();
    for (const statement of [...productStatements(2 * ORDERS, 'demo-client'), ...VIEWS])
      await rowsOf(orders, statement);
    const { token } = await pair.client();
    const place = (n: number): Promise<string> => {
      const first = { product_id: skuOf(2 * n), quantity: 1 };
      const second = { product_id: skuOf(2 * n + 1), quantity: 3 };
      return sendOnce(pair.orderUrl, orderRequest(token, [first, second]));
    };
    await Promise.all(Array.from({ length: ORDERS }, (_, n) => place(n)));
    byService = await rowsPerOrder(orders, [...WRITTEN, 'stock_events']);
    await pair.stop();
  });
  after(() => rmSync(folder, { recursive: true }));

  const pgbench = findPgbench(process.env['PATH'] ?? '');
  const options = { clients: 4, seconds: 0.3 };
  const ways: [name: string, run: Run][] = [
    ['the pg driver', (script, databaseUrl) => runPgDriver(script, { databaseUrl, ...options })],
  ];
  if (pgbench !== null)
    ways.push([
      'pgbench',
      (script, databaseUrl) => runPgbench(pgbench, script, { databaseUrl, folder, ...options, seconds: 1 }),
    ]);
  for (const [name, run] of ways) {
    const runOn = async (script: FloorScript): Promise<string> => {
      const databaseUrl = await createTestDatabase('order-service');
      await prepareFloor(databaseUrl, script);
      for (const view of VIEWS) await rowsOf(databaseUrl, view);
      await run(script, databaseUrl);
      return databaseUrl;
    };

    it(`given ${name}, when it places orders from stock, then it writes the same rows per order as the service, without the events of the stock`, async () => {
      const databaseUrl = await runOn(STOCK_ORDER_SCRIPTS[0]!);
      const ofOrders = byService.filter(({ table }) => table !== 'stock_events');
      expectSameRows(await rowsPerOrder(databaseUrl, WRITTEN), ofOrders);
      expect(await countRows(databaseUrl, 'stock_events')).to.equal(0);
      await expectBooksAgree(databaseUrl);
    });

    it(`given ${name}, when it also writes the events of the stock, then it writes all rows of the service`, async () => {
      const databaseUrl = await runOn(STOCK_ORDER_WITH_EVENTS_SCRIPTS[0]!);
      expectSameRows(await rowsPerOrder(databaseUrl, [...WRITTEN, 'stock_events']), byService);
      await expectBooksAgree(databaseUrl);
    });
  }

  it('given seeded products, then each has the name and the sku of its number, and is found by the terms of the service', async () => {
    const databaseUrl = await createTestDatabase('order-service');
    for (const statement of productStatements(2_000)) await rowsOf(databaseUrl, statement);
    const products = await rowsOf<{ sku: string; name: string; category: string; terms: string[] }>(
      databaseUrl,
      `SELECT sku, name, category, ARRAY(SELECT term FROM product_terms t WHERE t.product_id = p.product_id) AS terms
         FROM products p ORDER BY sku`,
    );
    expect(products.map(({ sku, name }) => ({ sku, name }))).to.deep.equal(
      Array.from({ length: 2_000 }, (_, n) => ({ sku: skuOf(n), name: seededNameOf(n) })),
    );
    for (const { terms, ...product } of products)
      expect(terms).to.have.members(termsOf({ ...product, isActive: true }));
    const words = new Set(products.flatMap((product) => productWords({ ...product, isActive: true })));
    const correctable = [...words].filter((word) => allowedMistakes(word) > 0);
    const known = await rowsOf<{ word: string }>(databaseUrl, 'SELECT DISTINCT word FROM product_trigrams');
    expect(known.map(({ word }) => word)).to.have.members(correctable);
  });

  /** The floor has reserved what its ledger says. */
  async function expectBooksAgree(databaseUrl: string): Promise<void> {
    const wrong = await rowsOf(
      databaseUrl,
      `SELECT s.product_id FROM stock s JOIN stock_ledger l USING (product_id)
        GROUP BY s.product_id HAVING s.reserved <> sum(l.delta_reserved) OR s.on_hand <> sum(l.delta_on_hand)`,
    );
    expect(wrong).to.deep.equal([]);
    expect(await countRows(databaseUrl, 'stock', 'reserved > 0')).to.be.above(0);
  }
});
