import { expect } from 'chai';
import fc from 'fast-check';
import { type Client } from 'pg';
import { type OrderFilter, type OrderSort } from '../../../src/order-service/orders/domain/order-list';
import { exportOrders } from '../../../src/order-service/orders/use-cases/export-orders';
import { ORDER_MIGRATIONS } from '../../../src/order-service/migrations';
import { listOrders } from '../../../src/order-service/orders/store/order-list';
import { type ListRequest } from '../../../src/order-service/orders/store/order-list-conditions';
import { currency, CURRENCY_CODES, currencyDecimals } from '../../../src/shared/contracts/money';
import { createReadPool, type ReadPool, type ReadTransaction } from '../../../src/shared/postgres/read-pool';
import { runMigrations } from '../../../src/shared/postgres/migrate';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { createEmptyDatabase } from '../../support/databases';
import { explained, isWholeTable, rowsRead, type Plan } from '../../support/explain-queries';
import { arbitraryRequest, day, SORTS, sortedIds } from '../../support/list-requests';
import { firstMigrations, loadOrders } from '../../support/many-orders';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

const ORDERS = 200_000;
const LIMIT = 21;

/** Matching orders are adjacent in an index of every sort, or few: a page reads few rows more than it returns. */
const SHORT_RANGES: [name: string, filter: OrderFilter][] = [
  ['no filter', {}],
  ['one status', { statuses: ['SHIPPED'] }],
  ['a status of few orders', { statuses: ['RETURNED'] }],
  ['a status of the oldest orders', { statuses: ['CANCELLED'] }],
  ['several statuses', { statuses: ['SHIPPED', 'RETURNED', 'IN_TRANSIT'] }],
  ['a customer', { customerId: 'customer-77' }],
  ['a customer with many orders', { customerId: 'customer-0' }],
  ['a customer of the oldest orders', { customerId: 'customer-first' }],
  ['a product', { productId: 'product-77' }],
  ['a product of no order', { productId: 'unknown' }],
];

/** Either all matching orders are read, or the first orders in the sort. */
const SEARCHES: [name: string, filter: OrderFilter][] = [
  ['a product of a third of the orders', { productId: 'product-common' }],
  ['a product of the oldest orders', { productId: 'product-first' }],
  [
    'an hour of creation',
    { createdFrom: new Date('2026-03-01T00:00Z'), createdTo: new Date('2026-03-01T01:00Z') },
  ],
  ['a day of creation', { createdFrom: new Date('2026-03-01'), createdTo: new Date('2026-03-02') }],
  ['the first days of creation', { createdTo: new Date('2026-01-04') }],
  ['a day of the last change', { updatedFrom: new Date('2026-03-01'), updatedTo: new Date('2026-03-02') }],
  ['a product and a status', { productId: 'product-first', statuses: ['CANCELLED'] }],
  ['a customer and a product', { customerId: 'customer-first', productId: 'product-common' }],
];
const MOST_READ = 60_000;

/** Half of the orders, which may come last in the sort. */
const LARGE: [name: string, filter: OrderFilter][] = [
  ['the first half of the creation times', { createdTo: new Date('2026-04-01') }],
  ['the second half of the creation times', { updatedFrom: new Date('2026-04-01') }],
  ['two filters that few orders match together', { productId: 'product-common', statuses: ['DELIVERED'] }],
];

describe('the lists of a client with 200 000 orders', function () {
  this.timeout(180_000);
  let url: string;
  let reads: ReadPool;
  let hurried: ReadPool;
  before(async () => {
    url = await createEmptyDatabase();
    // Indexes are created after the data: faster, and the same as in a migration of a system with orders.
    await runMigrations('order-service', url, firstMigrations(3));
    await withConnection(url, async (db) => loadOrders(db as unknown as Client));
    await runMigrations('order-service', url, ORDER_MIGRATIONS, undefined, { afterDeployment: true });
    await withConnection(url, async (db) => db.query('VACUUM ANALYZE'));
    reads = createReadPool(url, 'lists', READS, silentLogger);
    hurried = createReadPool(url, 'lists', { ...READS, DATABASE_QUERY_TIMEOUT_MS: 4_000 }, silentLogger);
  });
  after(() => Promise.all([reads.stop(), hurried.stop()]));

  const reader = { clientId: 'demo-client', signal: new AbortController().signal };
  const read = <T>(work: (db: ReadTransaction) => Promise<T>): Promise<T> => reads.read(reader, work);

  for (const clientId of ['demo-client', null]) {
    const who = clientId ?? 'an operator';
    for (const [name, filter] of SHORT_RANGES) {
      it(`given ${name}, requested by ${who}, then every sort reads few rows, and no table as a whole`, async () => {
        await expectReadAtMost(2_000, filter, clientId);
      });
    }

    for (const [name, filter] of SEARCHES) {
      it(`given ${name}, requested by ${who}, then every sort reads a bounded part of the orders`, async () => {
        await expectReadAtMost(MOST_READ, filter, clientId);
      });
    }

    for (const [name, filter] of LARGE) {
      it(`given ${name}, requested by ${who}, then no sort reads more than a few rows for each order`, async () => {
        await expectReadAtMost(4 * ORDERS, filter, clientId);
      });
    }
  }

  it('given any filters, sort and page size, then three pages equal the result of sorting all orders', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (request) => {
        const pages: string[] = [];
        let after: ListRequest['after'] = null;
        for (let page = 0; page < 3; page += 1) {
          const found = await read((db) => listOrders(db, { ...request, after }));
          pages.push(...found.map(({ order }) => order.orderId));
          if (found.length < request.limit) break;
          after = found.at(-1)!.position;
        }
        expect(pages).to.deep.equal(await sortedIds(url, request, 3 * request.limit));
      }),
      { numRuns: 60 },
    );
  });

  it('given a filter that few of many orders match, then an export has all of them, and each statement reads a bounded part', async () => {
    for (const filter of [
      { productId: 'product-common', statuses: ['DELIVERED' as const] },
      { productId: 'product-common', customerId: 'customer-77' },
      { productId: 'product-first' },
    ]) {
      const read: number[] = [];
      const counting = {
        ...reads,
        read: (_: unknown, work: (db: ReadTransaction) => Promise<unknown>) =>
          reads.read(reader, (db) =>
            work(
              explained(db, (nodes) => {
                read.push(rowsRead(nodes));
              }),
            ),
          ),
      };
      const ids: string[] = [];
      for await (const page of exportOrders(counting as never, filter, 'demo-client', reader))
        ids.push(...page.map(({ orderId }) => orderId));
      const sort = { column: 'created_at', descending: false } as const;
      const request = { filter, sort, after: null, limit: ORDERS, clientId: 'demo-client' };
      expect(ids).to.deep.equal(await sortedIds(url, request, ORDERS));
      expect(Math.max(...read)).to.be.below(50_000);
    }
  });

  it('given a list that is not complete within the time limit, then the error names the filter to add', async () => {
    for (const [filter, advice] of [
      [{ productId: 'product-common', statuses: ['DELIVERED'] }, 'add created_from'],
      [
        { productId: 'product-common', statuses: ['DELIVERED'], createdFrom: day('01-02') },
        'a later created_from',
      ],
    ] as [OrderFilter, string][]) {
      const error = await thrownBy(
        hurried.read(reader, (db) =>
          listOrders(slowAfter(20_001, db), { ...requestOf(filter, SORTS[2]!, 'demo-client'), limit: 500 }),
        ),
      );
      expect(error).to.include({ kind: 'unprocessable', code: 'query_too_broad' });
      expect(error).to.have.property('message').that.contains(advice);
      expect(error).to.have.nested.property('errors[0].path', 'created_from');
    }
  });

  it('given a database that is too slow for a bounded part of a list, then the database counts as unavailable', async () => {
    const filter = { productId: 'product-common' };
    const error = await thrownBy(
      hurried.read(reader, (db) => listOrders(slowAfter(0, db), requestOf(filter, SORTS[0]!, 'demo-client'))),
    );
    expect(error).to.include({ kind: 'unavailable', code: 'unavailable' });
  });

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

  async function expectReadAtMost(rows: number, filter: OrderFilter, clientId: string | null): Promise<void> {
    for (const sort of SORTS) {
      const nodes: Plan[] = [];
      await read((db) =>
        listOrders(
          explained(db, (found) => nodes.push(...found)),
          requestOf(filter, sort, clientId),
        ),
      );
      expect(
        nodes.filter((node) => isWholeTable(node)),
        JSON.stringify(sort),
      ).to.deep.equal([]);
      expect(rowsRead(nodes), JSON.stringify(sort)).to.be.below(rows);
    }
  }
});

const READS = {
  DATABASE_POOL_MAX: 1,
  DATABASE_READ_POOL_MAX: 4,
  DATABASE_CONNECT_TIMEOUT_MS: 10_000,
  DATABASE_QUERY_TIMEOUT_MS: 60_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

const requestOf = (filter: OrderFilter, sort: OrderSort, clientId: string | null): ListRequest => ({
  filter,
  sort,
  clientId,
  after: null,
  limit: LIMIT,
});

/** A database that never answers a statement that reads more entries than that. */
function slowAfter(entries: number, db: ReadTransaction): ReadTransaction {
  const query = (text: string, values: unknown[]) => {
    const isLarge = values.some((value) => typeof value === 'number' && value > entries);
    return isLarge ? db.query('SELECT pg_sleep(600)') : db.query(text, values);
  };
  return { query, queryLast: query } as unknown as ReadTransaction;
}
