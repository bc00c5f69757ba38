import { expect } from 'chai';
import { Pool } from 'pg';
import { orderListUpdating } from '../../../src/order-service/orders/use-cases/update-order-list';
import { databaseOf } from '../../../src/shared/postgres/database';
import { type Database } from '../../../src/shared/postgres/queryable';
import { createTestDatabase } from '../../support/databases';
import { thrownBy } from '../../support/thrown-by';

describe('updating the order list', () => {
  let pool: Pool;
  let db: Database;
  before(async () => {
    pool = new Pool({ connectionString: await createTestDatabase('order-service'), max: 1 });
    db = databaseOf(pool);
  });
  after(() => pool.end());

  it('given a step that fails, then the next one applies half as many events, and successful steps grow again', async () => {
    const limits: unknown[] = [];
    let fails = 3;
    const failing: Database = {
      ...db,
      async transaction(work) {
        return db.transaction((tx) =>
          work({
            ...tx,
            queryLast: (statement, values) => {
              limits.push(values?.[0]);
              fails -= 1;
              return fails >= 0 ? Promise.reject(new Error('too slow')) : tx.queryLast(statement, values);
            },
          } as typeof tx),
        );
      },
    };
    const update = orderListUpdating(failing);
    for (let step = 0; step < 3; step += 1) await thrownBy(update());
    for (let step = 0; step < 4; step += 1) await update();
    expect(limits).to.deep.equal([2_000, 1_000, 500, 250, 500, 1_000, 2_000]);
  });
});
