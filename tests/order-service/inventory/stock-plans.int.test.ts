import { expect } from 'chai';
import { listEntries } from '../../../src/order-service/inventory/store/ledger-store';
import { readOrderStock } from '../../../src/order-service/inventory/store/order-ledger-store';
import {
  lockActiveReservations,
  lockExpiredReservations,
  lockFreeActiveReservations,
} from '../../../src/order-service/inventory/store/reservation-lock-store';
import {
  findReservation,
  listReservations,
} from '../../../src/order-service/inventory/store/reservation-store';
import { findLevel, listLevels, listLowIds } from '../../../src/order-service/inventory/store/stock-store';
import {
  lockFreeLevels,
  lockFreeLevelsOfOrders,
  lockLevels,
  lockLevelsOfOrders,
} from '../../../src/order-service/inventory/store/stock-lock-store';
import { LAST_ID } from '../../../src/shared/contracts/text';
import { type PreparedStatement, type Transaction } from '../../../src/shared/postgres/queryable';
import { rowsOf } from '../../support/rows';
import { type StockDatabase, stockDatabase } from '../../support/stock-database';

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** Small tables, and never analysed: the planner would scan them as a whole, and keep that plan when they have grown. */
describe('the plans of the statements on stock', () => {
  let stock: StockDatabase;
  let productId: string;
  before(async () => {
    stock = await stockDatabase();
    productId = await stock.add(5, { threshold: 9 });
    await rowsOf(
      stock.url,
      `INSERT INTO stock_ledger (product_id, cause, delta_on_hand, delta_reserved, order_id, actor, occurred_at)
       SELECT $1, 'order_placed', 0, 0, gen_random_uuid(), 'shop', now() FROM generate_series(1, 50)`,
      [productId],
    );
    await rowsOf(
      stock.url,
      `WITH added AS (
         INSERT INTO reservations (reservation_id, owner, status, expires_at)
         SELECT gen_random_uuid(), 'shop', 'active', now() - interval '1 s' FROM generate_series(1, 50) RETURNING reservation_id)
       INSERT INTO reservation_items (reservation_id, product_id, quantity, is_stock_kept) SELECT reservation_id, $1, 1, false FROM added`,
      [productId],
    );
  });
  after(() => stock.stop());

  /** The tables that a use of the database scans as a whole. */
  async function scanned(work: (tx: Transaction) => Promise<unknown>): Promise<string[]> {
    const tables: string[] = [];
    await stock.first.transaction(async (tx) => {
      const query = async (sent: string | PreparedStatement, values: unknown[]) => {
        const { text, isByKey } = typeof sent === 'string' ? { text: sent, isByKey: undefined } : sent;
        const statement = (sql: string): PreparedStatement => ({ text: sql, ...(isByKey && { isByKey }) });
        const { rows } = await tx.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          statement(`EXPLAIN (FORMAT JSON) ${text}`),
          values,
        );
        tables.push(...wholeTables(rows[0]!['QUERY PLAN'][0].Plan));
        return tx.query(statement(text), values);
      };
      await work({ ...tx, query } as unknown as Transaction);
    });
    return tables;
  }

  const wholeTables = ({ 'Node Type': type, 'Relation Name': table, Plans: plans = [] }: Plan): string[] => [
    ...(type === 'Seq Scan' && table !== undefined ? [table] : []),
    ...plans.flatMap(wholeTables),
  ];

  const id = '0190a0a0-0000-7000-8000-000000000001';
  const uses: Record<string, (tx: Transaction) => Promise<unknown>> = {
    'locking stock': (tx) => lockLevels(tx, [productId, id]),
    'locking stock without waiting': (tx) => lockFreeLevels(tx, [productId, id]),
    'locking the stock of orders': (tx) => lockLevelsOfOrders(tx, [id], []),
    'locking the stock of orders without waiting': (tx) => lockFreeLevelsOfOrders(tx, [id], [id]),
    'reading what orders hold': (tx) => readOrderStock(tx, [id]),
    'reading stock': (tx) => findLevel(tx, productId),
    'listing stock': (tx) => listLevels(tx, { owner: 'shop', isLow: false, after: null, limit: 5 }),
    'listing low stock': (tx) => listLevels(tx, { owner: 'shop', isLow: true, after: null, limit: 5 }),
    'listing low stock of all owners': (tx) =>
      listLevels(tx, { owner: null, isLow: true, after: null, limit: 5 }),
    'listing the products with low stock': (tx) => listLowIds(tx, 'shop', LAST_ID, 5),
    'listing the ledger': (tx) => listEntries(tx, productId, null, 5),
    'locking reservations': (tx) => lockActiveReservations(tx, [{ owner: 'shop', reservationId: id }]),
    'locking reservations without waiting': (tx) =>
      lockFreeActiveReservations(tx, [{ owner: 'shop', reservationId: id }]),
    'locking expired reservations': (tx) => lockExpiredReservations(tx, [productId], 5),
    'reading a reservation': (tx) => findReservation(tx, id, 'shop'),
    'listing reservations': (tx) =>
      listReservations(tx, { owner: 'shop', status: undefined, before: LAST_ID, limit: 5 }),
    'listing active reservations': (tx) =>
      listReservations(tx, { owner: 'shop', status: 'active', before: LAST_ID, limit: 5 }),
  };
  for (const [name, use] of Object.entries(uses))
    it(`given ${name}, then no table is scanned as a whole`, async () => {
      expect(await scanned(use)).to.deep.equal([]);
    });

  it('given a statement that scans a table, then this test finds it', async () => {
    expect(await scanned((tx) => tx.query('SELECT * FROM stock_ledger'))).to.deep.equal(['stock_ledger']);
  });
});
