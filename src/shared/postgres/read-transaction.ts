import { type Pool, type PoolClient, type QueryResult } from 'pg';
import { asUnavailable, STATEMENT_TIMEOUT } from './database-errors';
import { type Queryable } from './queryable';
import { beginOn } from './session';
import { queryTimeoutOf, startStatement, untilCancelled } from './timed-statement';
import { ABANDONED_AFTER_MS, connect, LOCK_TIMEOUT_MS, sendTogether } from './transaction';

/** The client's own limit is a little longer than the server's, so that it is the server that ends a statement. */
const CLIENT_EXTRA_MS = 200;

/**
 * One snapshot for all statements. They are written for index scans in the order of an index; other plans would read all of a filter's
 * rows, or use the processor cores that other transactions need.
 */
const MODE = 'REPEATABLE READ, READ ONLY';
const LIMITS = `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${ABANDONED_AFTER_MS}; SET LOCAL max_parallel_workers_per_gather = 0;
  SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;
  SET LOCAL enable_mergejoin = off`;

/** A {@link Queryable} inside a read-only transaction. */
export interface ReadTransaction extends Queryable {
  /** Runs the last statement: COMMIT goes out in the same packet, and nothing can be asked after it. */
  queryLast: Queryable['query'];
}

/**
 * Runs `work` in a read-only transaction that ends at the server once the pool's `query_timeout` has passed since its first statement,
 * however many statements it has, and at once when the signal comes.
 *
 * @throws AppError `unavailable` when the database cannot be reached or the time is up ({@link isTimeLimit}); the signal's reason.
 */
export async function inReadTransaction<T>(
  pool: Pool,
  signal: AbortSignal,
  work: (tx: ReadTransaction) => Promise<T>,
): Promise<T> {
  const limitMs = queryTimeoutOf(pool);
  const client = await connect(pool);
  if (signal.aborted) {
    client.release();
    throw signal.reason;
  }
  try {
    return await untilCancelled(client, run(client, limitMs, work), {
      limitMs: limitMs + CLIENT_EXTRA_MS,
      signal,
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : asUnavailable(error);
  }
}

async function run<T>(
  client: PoolClient,
  limitMs: number,
  work: (tx: ReadTransaction) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let state: 'new' | 'open' | 'ended' = 'new';

  function query(...[statement, values]: Parameters<Queryable['query']>): Promise<QueryResult> {
    const leftMs = Math.ceil(deadline - performance.now());
    if (state === 'ended') throw new Error('the read transaction has ended');
    if (leftMs <= 0) throw new Error(STATEMENT_TIMEOUT);
    sendTogether(client);
    const begin = state === 'new' ? `${beginOn(client, MODE)}; ${LIMITS};` : '';
    unawaited(client.query(`${begin} SET LOCAL statement_timeout = ${leftMs}`));
    state = 'open';
    return startStatement(client, statement, values, leftMs);
  }

  /** Whatever uses the connection next comes behind it. After a failed statement it rolls back. */
  function end(): void {
    if (state === 'open') unawaited(client.query('COMMIT'));
    state = 'ended';
  }

  const tx = {
    query: async (...statement: Parameters<Queryable['query']>) => query(...statement),
    queryLast: async (...statement: Parameters<Queryable['query']>) => {
      const answer = query(...statement);
      end();
      return answer;
    },
  };
  try {
    return await work(tx as ReadTransaction);
  } finally {
    end();
  }
}

/** When it fails, so does the statement behind it. */
function unawaited(answer: Promise<unknown>): void {
  answer.catch(() => undefined);
}
