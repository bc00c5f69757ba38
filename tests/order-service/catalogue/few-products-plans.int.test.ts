import { expect } from 'chai';
import { findProducts, lockProducts } from '../../../src/order-service/catalogue/store/import-store';
import { createOrderProductLoader } from '../../../src/order-service/catalogue/store/order-product-store';
import {
  type Database,
  type PreparedStatement,
  type Transaction,
} from '../../../src/shared/postgres/queryable';
import { stockDatabase, type StockDatabase } from '../../support/stock-database';

interface Node {
  'Index Name'?: string;
  Plans?: Node[];
}

/** The plans of prepared statements are kept: those that are made for the first products must fit many. */
describe('the plans for the first products', () => {
  let stock: StockDatabase;
  before(async () => {
    stock = await stockDatabase();
  });
  after(() => stock.stop());

  /** The indexes that a use of a transaction reads. */
  async function indexesOf(work: (tx: Transaction) => Promise<unknown>): Promise<string[]> {
    const names: string[] = [];
    await stock.first.transaction(async (tx) => {
      const query = async (sent: PreparedStatement, values: unknown[]) => {
        const statement = (text: string): PreparedStatement => ({ text, isByKey: true });
        const { rows } = await tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
          statement(`EXPLAIN (FORMAT JSON) ${sent.text}`),
          values,
        );
        names.push(...indexes(rows[0]!['QUERY PLAN'][0].Plan));
        return tx.query(statement(sent.text), values);
      };
      await work({ ...tx, query, queryLast: query } as unknown as Transaction);
    });
    return names;
  }

  const indexes = ({ 'Index Name': name, Plans: plans = [] }: Node): string[] => [
    ...(name === undefined ? [] : [name]),
    ...plans.flatMap(indexes),
  ];

  const load = (tx: Transaction) => {
    const db = { transaction: (work: (tx: Transaction) => unknown) => work(tx) } as unknown as Database;
    return createOrderProductLoader(db)({ owner: 'shop', sku: 'lamp' });
  };

  for (const [name, use] of [
    ['finding products of a file', (tx) => findProducts(tx, 'shop', ['lamp'])],
    ['locking products of a file', (tx) => lockProducts(tx, 'shop', ['lamp'])],
    ['finding products of an order', load],
  ] as [string, (tx: Transaction) => Promise<unknown>][])
    it(`given ${name}, then only the index of the skus is read`, async () => {
      expect(await indexesOf(use)).to.deep.equal(['products_by_sku']);
    });
});
