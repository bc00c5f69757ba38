import { type Client } from 'pg';
import { type HeadsQuery, lockHeads } from '../../src/shared/event-log/outbox';
import { type Queryable, type Transaction } from '../../src/shared/postgres/queryable';
import { withConnection } from '../../src/shared/postgres/with-connection';

export interface HeadsPlan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: HeadsPlan[];
}

/** The plan of the statement of {@link lockHeads}, run with the settings of a transaction. */
export async function explainLockHeads(
  url: string,
  query: HeadsQuery = { limit: 200, retries: 20 },
): Promise<HeadsPlan> {
  return withConnection(url, async (db) => {
    const client = db as unknown as Client;
    let statement = '';
    let values: unknown[] = [];
    const recorder: Queryable = {
      query(sent, given = []) {
        statement = typeof sent === 'string' ? sent : sent.text;
        values = [...given];
        return Promise.resolve({ rows: [] } as never);
      },
    };
    await lockHeads(recorder as Transaction, query);
    await client.query(
      `BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;
       SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off`,
    );
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: HeadsPlan }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`,
      values,
    );
    await client.query('ROLLBACK');
    return rows[0]!['QUERY PLAN'][0].Plan;
  });
}
