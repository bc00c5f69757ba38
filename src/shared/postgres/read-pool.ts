import { type Pool, type PoolClient, type QueryResult } from 'pg';
import { TOO_MANY_READS } from '../contracts/problem';
import { AppError } from '../errors';
import { type Logger } from '../observability/logger';
import { createConcurrencyLimit } from '../resilience/concurrency-limit';
import { type Component } from '../runtime/lifecycle';
import { type DatabaseConfig, poolOptions } from './database';
import { asUnavailable, STATEMENT_TIMEOUT } from './database-errors';
import { createPool } from './pool';
import { type Queryable } from './queryable';
import { beginOn } from './session';
import { queryTimeoutOf, startStatement, untilCancelled } from './timed-statement';
import { ABANDONED_AFTER_MS, connect, LOCK_TIMEOUT_MS, planSwitching, sendTogether } from './transaction';

export type ReadPoolConfig = DatabaseConfig & { DATABASE_READ_POOL_MAX: number };

/** The caller of a read. */
export interface Reader {
  clientId: string;
  /** Aborted when the caller no longer waits for the answer. */
  signal: AbortSignal;
}

/** Runs reads that can be long, such as lists and exports, on connections separate from those that place orders. */
export interface ReadPool extends Component {
  /**
   * Runs the statements of one page in a read-only transaction, see {@link inReadTransaction}.
   *
   * @param maxWaitMs how long to wait for the client's other reads; by default as long as for a connection.
   * @throws AppError `quota_exceeded` (`too_many_reads`) when the client has too many reads at once.
   */
  read<T>(reader: Reader, work: (tx: ReadTransaction) => Promise<T>, maxWaitMs?: number): Promise<T>;
  /** Runs a stream of pages; a client may have as many streams at once as reads. */
  stream<T>(reader: Reader, work: () => Promise<T>): Promise<T>;
}

/** A {@link Queryable} inside a read-only transaction. */
export interface ReadTransaction extends Queryable {
  /** Runs the last statement. COMMIT goes out in the same packet, and no statement may follow. */
  queryLast: Queryable['query'];
}

/** The maximum number of waiting reads per client and process. */
const MAX_WAITING = 100;

/** The limit in this process is slightly longer than the server's, so that the server ends a statement first. */
const CLIENT_EXTRA_MS = 200;

/** All statements see one snapshot, and none uses processor cores that other transactions need. */
const MODE = 'REPEATABLE READ, READ ONLY';
const LIMITS = `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${ABANDONED_AFTER_MS}; SET LOCAL max_parallel_workers_per_gather = 0;
  SET LOCAL jit = off`;

/**
 * A client uses at most a quarter of the pool. So no client keeps others from reading, and the reads of one client do not take all
 * processor cores of the database from requests that place orders.
 */
const shareOf = (max: number): number => Math.max(1, Math.floor(max / 4));

export function createReadPool(
  url: string,
  applicationName: string,
  config: ReadPoolConfig,
  logger: Logger,
): ReadPool {
  const pool = createPool(poolOptions(url, applicationName, config, config.DATABASE_READ_POOL_MAX), logger);
  const limits = {
    max: shareOf(config.DATABASE_READ_POOL_MAX),
    maxWaiting: MAX_WAITING,
    maxWaitMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    refusal: tooManyReads,
  };
  const limitReads = createConcurrencyLimit(limits);
  const limitStreams = createConcurrencyLimit(limits);
  return {
    name: 'read pool',
    start: () => Promise.resolve(),
    stop: () => pool.end(),
    read: ({ clientId: key, signal }, work, maxWaitMs = limits.maxWaitMs) =>
      limitReads({ key, signal, maxWaitMs }, () => inReadTransaction(pool, signal, work)),
    stream: ({ clientId: key, signal }, work) => limitStreams({ key, signal }, work),
  };
}

const tooManyReads = (): AppError =>
  new AppError(TOO_MANY_READS, 'too many lists and exports of this client at once; try again in 1 s', {
    retryAfterSeconds: 1,
  });

/**
 * Runs `work` in a read-only transaction. The server ends it when the pool's `query_timeout` has passed since its first statement,
 * however many statements it has; an aborted signal ends it at once.
 *
 * @throws AppError `unavailable` when the database cannot be reached or the time is up ({@link isTimeLimit}); the signal's reason.
 */
async function inReadTransaction<T>(
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
  const planFor = planSwitching((statement) => ignoreFailure(client.query(statement)));

  function query(...[statement, values]: Parameters<Queryable['query']>): Promise<QueryResult> {
    const leftMs = Math.ceil(deadline - performance.now());
    if (state === 'ended') throw new Error('the read transaction has ended');
    if (leftMs <= 0) throw new Error(STATEMENT_TIMEOUT);
    sendTogether(client);
    const begin = state === 'new' ? `${beginOn(client, MODE)}; ${LIMITS};` : '';
    ignoreFailure(client.query(`${begin} SET LOCAL statement_timeout = ${leftMs}`));
    state = 'open';
    planFor(statement);
    return startStatement(client, statement, values, leftMs);
  }

  /** Ends the transaction before the connection is used again. After a failed statement, COMMIT rolls back. */
  function end(): void {
    if (state === 'open') ignoreFailure(client.query('COMMIT'));
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

/** Ignores the failure of a statement, because the statement behind it fails too. */
function ignoreFailure(answer: Promise<unknown>): void {
  answer.catch(() => undefined);
}
