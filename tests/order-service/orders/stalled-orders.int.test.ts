import { expect } from 'chai';
import { Pool } from 'pg';
import { takeStalledOrders } from '../../../src/order-service/orders/use-cases/view-orders';
import { databaseOf } from '../../../src/shared/postgres/database';
import { createTestDatabase } from '../../support/databases';

const AFTER_SECONDS = 60;
const LIMIT = 10;

describe('the orders that the reconciler compares', () => {
  let pool: Pool;
  before(async () => {
    pool = new Pool({ connectionString: await createTestDatabase('order-service'), max: 4 });
  });
  after(() => pool.end());
  beforeEach(() => pool.query('TRUNCATE orders, order_checks CASCADE'));

  const take = (limit = LIMIT) => takeStalledOrders(databaseOf(pool), AFTER_SECONDS, limit);

  it('given an order that has moved since its last check, then it is not taken, and is due after its last change', async () => {
    await insertOrders({ count: 1, checkedSecondsAgo: 3_600, movedSecondsAgo: 20 });
    expect(await take()).to.deep.equal([]);
    expect(await secondsSinceChecks()).to.deep.equal([20]);
  });

  it('given an order that moved and was checked long ago, then it is taken once', async () => {
    await insertOrders({ count: 1, checkedSecondsAgo: 3_600, movedSecondsAgo: 61 });
    const [taken, again] = await Promise.all([take(), take()]);
    expect([...taken, ...again]).to.have.length(1);
    expect(await secondsSinceChecks()).to.deep.equal([0]);
    expect(await take()).to.deep.equal([]);
  });

  it('given many orders that have moved before one that has not, then that one is taken in the same step', async () => {
    await insertOrders({ count: 45, checkedSecondsAgo: 3_600, movedSecondsAgo: 5 });
    await insertOrders({ count: 1, checkedSecondsAgo: 1_800, movedSecondsAgo: 1_800 });
    expect(await take()).to.have.length(1);
  });

  it('given an order whose last change lies in the future, because the clock of an instance is wrong, then it is taken at the usual intervals', async () => {
    await insertOrders({ count: 1, checkedSecondsAgo: 61, movedSecondsAgo: -3_600 });
    for (let time = 0; time < 2; time += 1) {
      expect(await take()).to.have.length(1);
      expect(await take()).to.deep.equal([]);
      await pool.query("UPDATE order_checks SET checked_at = checked_at - interval '61 s'");
    }
  });

  it('given an ended order whose check is not deleted yet, then it is not taken', async () => {
    await insertOrders({ count: 1, checkedSecondsAgo: 3_600, movedSecondsAgo: 3_600, status: 'DELIVERED' });
    expect(await take()).to.deep.equal([]);
  });

  interface Inserted {
    count: number;
    checkedSecondsAgo: number;
    movedSecondsAgo: number;
    status?: string;
  }

  async function insertOrders(inserted: Inserted): Promise<void> {
    const { count, checkedSecondsAgo, movedSecondsAgo, status = 'SHIPPED' } = inserted;
    await pool.query(
      `WITH inserted AS (
         INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at)
         SELECT gen_random_uuid(), 'c', 'c', 'EUR', 1, $4, 1, '{}', now() - interval '1 day', now() - make_interval(secs => $3)
           FROM generate_series(1, $1)
         RETURNING order_id)
       INSERT INTO order_checks (order_id, checked_at)
       SELECT order_id, now() - make_interval(secs => $2) FROM inserted`,
      [count, checkedSecondsAgo, movedSecondsAgo, status],
    );
  }

  async function secondsSinceChecks(): Promise<number[]> {
    const { rows } = await pool.query<{ age: number }>(
      'SELECT floor(extract(epoch FROM now() - checked_at))::int AS age FROM order_checks',
    );
    return rows.map((row) => row.age);
  }
});
