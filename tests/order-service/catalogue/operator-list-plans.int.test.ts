import { expect } from 'chai';
import { type Client } from 'pg';
import { listProducts } from '../../../src/order-service/catalogue/use-cases/list-products';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type Database } from '../../../src/shared/postgres/queryable';
import { type ReadTransaction } from '../../../src/shared/postgres/read-pool';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { createTestDatabase } from '../../support/databases';
import { explained, isWholeTableOf, type Plan, rowsRead } from '../../support/explain-queries';
import { loadProducts } from '../../support/many-products';
import { openDatabase } from '../../support/open-database';

const PRODUCTS = 20_000;
const LIMIT = 20;

describe('the list of the products of all clients', function () {
  this.timeout(120_000);
  let db: ServiceDatabase;
  before(async () => {
    const url = await createTestDatabase('order-service');
    await withConnection(url, async (connection) => {
      await loadProducts(connection as unknown as Client, 'shop', PRODUCTS);
      // All but the oldest products are deleted.
      await connection.query(
        `UPDATE products SET deleted_at = now()
          WHERE product_id > (SELECT product_id FROM products ORDER BY product_id OFFSET 100 LIMIT 1)`,
      );
      await connection.query('VACUUM ANALYZE products');
    });
    db = openDatabase(url);
  });
  after(() => db.stop());

  it('given an operator and many deleted products, then a page passes over none of them', async () => {
    const plans: Plan[] = [];
    const watched = {
      transaction: (work: (tx: unknown) => Promise<unknown>) =>
        db.transaction((tx) =>
          work(explained(tx as unknown as ReadTransaction, (nodes) => plans.push(...nodes))),
        ),
    } as unknown as Database;
    const { rows } = await listProducts(
      { db: watched, lowOnStock: () => Promise.resolve([]) },
      { owner: null, filter: {}, limit: LIMIT },
    );
    expect(rows).to.have.length(LIMIT);
    expect(plans.filter((node) => isWholeTableOf(node, 'product'))).to.deep.equal([]);
    expect(rowsRead(plans, 'product')).to.be.at.most(10 * LIMIT);
  });
});
