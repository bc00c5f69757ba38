import { expect } from 'chai';
import { Pool } from 'pg';
import { placeOrder } from '../../../src/order-service/orders/use-cases/place-order';
import { createOrderCatalogue } from '../../../src/order-service/orders/use-cases/order-catalogue';
import { createOrderWriter } from '../../../src/order-service/orders/use-cases/write-orders';
import { pruneRecords } from '../../../src/shared/idempotency/idempotency-records';
import { currency } from '../../../src/shared/contracts/money';
import { originOf } from '../../../src/shared/event-log/event';
import { databaseOf } from '../../../src/shared/postgres/database';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { createTestDatabase } from '../../support/databases';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

describe('pruning of idempotency records', () => {
  it('given more expired records than a batch, then all are removed in several batches, and keys and open windows are kept', async () => {
    const url = await createTestDatabase('order-service');
    await rowsOf(
      url,
      `INSERT INTO idempotency_records
       SELECT 'c', 'POST /orders', 'content', n::text, 'f', gen_random_uuid(), 200, '{}', now() + (n - 2501) * interval '1 s'
         FROM generate_series(1, 2502) AS n`,
    );
    await rowsOf(
      url,
      `INSERT INTO idempotency_records VALUES ('c', 'POST /orders', 'key', 'k', 'f', gen_random_uuid(), 201, '{}', NULL)`,
    );
    const removed = await withConnection(url, async (db) => [
      await pruneRecords(db),
      await pruneRecords(db),
      await pruneRecords(db),
    ]);
    expect(removed).to.deep.equal([2000, 501, 0]);
    expect(await rowsOf(url, 'SELECT key FROM idempotency_records ORDER BY key')).to.deep.equal([
      { key: '2502' },
      { key: 'k' },
    ]);
  });
});

describe('a group of orders', () => {
  it('given a repeat whose stored outcome cannot be read, then only the repeat fails, and the new orders are placed', async () => {
    const url = await createTestDatabase('order-service');
    const pool = new Pool({ connectionString: url });
    let isReadable = true;
    const database = databaseOf(pool);
    const writeOrder = createOrderWriter({
      ...database,
      transaction: (work) =>
        database.transaction((tx) => {
          const query = tx.query.bind(tx) as typeof tx.query;
          tx.query = (statement, values) => {
            const text = typeof statement === 'string' ? statement : statement.text;
            const isRefused = !isReadable && /^\s*SELECT.*FROM idempotency_records/s.test(text);
            return isRefused ? Promise.reject(new Error('not readable')) : query(statement, values);
          };
          return work(tx);
        }),
    });
    const place = (key: string) =>
      placeOrder(
        {
          db: database,
          writeOrder,
          catalogue: createOrderCatalogue(database, 'open'),
          replayCache: { find: () => Promise.resolve(null), store: () => Promise.resolve() },
          logger: silentLogger,
        },
        {
          owner: 'client',
          customerId: 'c',
          currency: currency.parse('USD'),
          items: [{ productId: 'p', quantity: 1, unitPrice: 100 }],
          metadata: {},
          reservationId: null,
        },
        {
          route: 'POST /orders',
          kind: 'key',
          key,
          fingerprint: key,
          windowSeconds: null,
          untilCancelled: false,
          formerKey: null,
        },
        originOf('client'),
      );
    await place('first');
    isReadable = false;
    const outcomes = await Promise.allSettled(['new', 'first', 'newer'].map(place));
    await pool.end();
    const gist = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? { replayed: outcome.value.replayed } : String(outcome.reason),
    );
    expect(gist).to.deep.equal([{ replayed: false }, 'Error: not readable', { replayed: false }]);
  });
});
