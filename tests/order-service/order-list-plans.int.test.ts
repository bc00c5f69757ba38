import { copyFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Client } from 'pg';
import { type OrderFilter } from '../../src/order-service/domain/order-list';
import { listStatement } from '../../src/order-service/store/order-list';
import { CURRENCY_CODES, currency, currencyDecimals } from '../../src/shared/contracts/currency';
import { ORDER_MIGRATIONS } from '../../src/order-service/store/migrations';
import { runMigrations } from '../../src/shared/postgres/run-migrations';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { createEmptyDatabase } from '../support/databases';

const ORDERS = 200_000;
const LIMIT = 21;

/** Orders that fit lie together in an index of every sort: a page reads little more than itself. */
const SHORT_RANGES: [name: string, filter: OrderFilter][] = [
  ['no filter', {}],
  ['one status', { statuses: ['SHIPPED'] }],
  ['a status that hardly any order has', { statuses: ['RETURNED'] }],
  ['several statuses', { statuses: ['SHIPPED', 'RETURNED', 'IN_TRANSIT'] }],
  ['a customer', { customerId: 'customer-77' }],
  ['a customer with many orders', { customerId: 'customer-0' }],
  ['a product', { productId: 'product-77' }],
];

/** With another sort than by that time, either the time or the sort is looked up, and the rest is filtered. */
const TIMES: [name: string, filter: OrderFilter][] = [
  ['a time of creation', { createdFrom: new Date('2026-03-01'), createdTo: new Date('2026-03-02') }],
  ['a time of the last change', { updatedFrom: new Date('2026-03-01'), updatedTo: new Date('2026-03-02') }],
];
const SORTS = (['created_at', 'updated_at', 'total_amount'] as const).flatMap((column) => [
  { column, descending: false },
  { column, descending: true },
]);

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

describe('the lists of a client with 200 000 orders', function () {
  this.timeout(120_000);
  let url: string;
  before(async () => {
    url = await createEmptyDatabase();
    // The indexes come after the data: faster, and the way it is when a system that has orders is brought up to date.
    await runMigrations('order-service', url, firstMigrations(3));
    await withConnection(url, async (db) => load(db as unknown as Client));
    await runMigrations('order-service', url, ORDER_MIGRATIONS);
    await withConnection(url, async (db) => db.query('ANALYZE'));
  });

  for (const clientId of ['demo-client', null]) {
    const who = clientId ?? 'an operator';
    for (const [name, filter] of SHORT_RANGES) {
      it(`given ${name}, asked by ${who}, then every sort reads few rows, and no table as a whole`, async () => {
        for (const sort of SORTS) {
          const nodes = flatten(await explain(filter, sort, clientId));
          expect(nodes.filter(isWholeTable), JSON.stringify(sort)).to.deep.equal([]);
          expect(rowsRead(nodes), JSON.stringify(sort)).to.be.below(2_000);
        }
      });
    }

    for (const [name, filter] of TIMES) {
      it(`given ${name}, asked by ${who}, then no sort reads a table as a whole`, async () => {
        for (const sort of SORTS) {
          const nodes = flatten(await explain(filter, sort, clientId));
          expect(nodes.filter(isWholeTable), JSON.stringify(sort)).to.deep.equal([]);
        }
      });
    }
  }

  it('given any currency, then the database sorts by the amount that the API shows', async () => {
    const [{ rows }] = await Promise.all([
      withConnection(url, (db) =>
        db.query<{ currency: string; amount: number }>(
          `SELECT c AS currency, (SELECT total_amount::float8 FROM orders WHERE currency = c AND client_id = 'demo-other') AS amount
             FROM unnest($1::text[]) AS c`,
          [CURRENCY_CODES],
        ),
      ),
    ]);
    const wrong = rows.filter(
      ({ currency: code, amount }) => amount !== 1_000 / 10 ** currencyDecimals(currency.parse(code)),
    );
    expect(wrong).to.deep.equal([]);
  });

  async function explain(
    filter: OrderFilter,
    sort: (typeof SORTS)[number],
    clientId: string | null,
  ): Promise<Plan> {
    const { text, values } = listStatement({ filter, sort, after: null, limit: LIMIT }, clientId);
    return withConnection(url, async (db) => {
      const { rows } = await db.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values,
      );
      return rows[0]!['QUERY PLAN'][0].Plan;
    });
  }
});

const isWholeTable = (node: Plan): boolean =>
  node['Node Type'] === 'Seq Scan' && node['Relation Name']?.startsWith('order') === true;

const flatten = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flatten)];

/** What the scans of the plan looked at, found or thrown away. */
function rowsRead(nodes: Plan[]): number {
  const scans = nodes.filter((node) => node['Relation Name']?.startsWith('order'));
  return scans.reduce(
    (sum, node) => sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    0,
  );
}

/** One large client: many customers, one of them large; every product in a few orders; one order of each currency beside it. */
async function load(db: Client): Promise<void> {
  await db.query(`SET synchronous_commit = off`);
  await db.query(`
    INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
    SELECT gen_random_uuid(), 'demo-client', 'customer-' || CASE WHEN n % 3 = 0 THEN 0 ELSE n % 1000 END, 'USD', 100 + (n * 7919) % 100000,
           CASE WHEN n % 5000 = 0 THEN 'RETURNED' ELSE (ARRAY['SHIPPED', 'IN_TRANSIT', 'DELIVERED'])[1 + n % 3] END,
           1, '{}', t, t + make_interval(hours => n % 50), t
      FROM generate_series(1, ${ORDERS}) n, LATERAL (SELECT timestamptz '2026-01-01' + make_interval(secs => n * 78)) AS at (t)`);
  await db.query(`
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, 1, 'product-' || (row_number() OVER ()) % 2000, 1, total_minor FROM orders`);
  await db.query(
    `INSERT INTO clients (client_id, secret_hash, scopes) VALUES ('demo-client', '-', '{}'), ('demo-other', '-', '{}')`,
  );
  await db.query(
    `INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
     SELECT gen_random_uuid(), 'demo-other', 'x', c, 1000, 'DELIVERED', 1, '{}', now(), now(), now() FROM unnest($1::text[]) c`,
    [CURRENCY_CODES],
  );
}

/** A folder with the first few migrations. */
function firstMigrations(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  for (const file of readdirSync(ORDER_MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .slice(0, count)) {
    copyFileSync(join(ORDER_MIGRATIONS, file), join(folder, file));
  }
  return folder;
}
