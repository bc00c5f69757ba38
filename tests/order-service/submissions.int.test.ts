import { expect } from 'chai';
import { pruneSubmissions } from '../../src/order-service/store/submission-store';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { createTestDatabase } from '../support/databases';
import { rowsOf } from '../support/rows';

describe('pruning of submissions', () => {
  it('given more expired ones than go at once, then all go in turns, and keys and open windows stay', async () => {
    const url = await createTestDatabase('order-service');
    await rowsOf(
      url,
      `INSERT INTO submissions
       SELECT 'c', 'POST /orders', 'content', n::text, 'f', gen_random_uuid(), 200, '{}', now() + (n - 2501) * interval '1 s'
         FROM generate_series(1, 2502) AS n`,
    );
    await rowsOf(
      url,
      `INSERT INTO submissions VALUES ('c', 'POST /orders', 'key', 'k', 'f', gen_random_uuid(), 201, '{}', NULL)`,
    );
    const removed = await withConnection(url, async (db) => [
      await pruneSubmissions(db),
      await pruneSubmissions(db),
      await pruneSubmissions(db),
    ]);
    expect(removed).to.deep.equal([2000, 501, 0]);
    expect(await rowsOf(url, 'SELECT key FROM submissions ORDER BY key')).to.deep.equal([
      { key: '2502' },
      { key: 'k' },
    ]);
  });
});
