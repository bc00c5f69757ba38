import { TOO_MANY_READS } from '../contracts/problem-types';
import { AppError } from '../errors';
import { type Logger } from '../observability/logger';
import { createConcurrencyLimit } from '../resilience/concurrency-limit';
import { type Component } from '../runtime/lifecycle';
import { type DatabaseConfig } from './database';
import { createPool } from './pool';
import { inReadTransaction, type ReadTransaction } from './read-transaction';

export type ReadPoolConfig = DatabaseConfig & { DATABASE_READ_POOL_MAX: number };

/** Who reads. */
export interface Reader {
  clientId: string;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** Reads that can be long, such as lists and exports, on connections apart from those that orders are placed on. */
export interface ReadPool extends Component {
  /**
   * Runs one page's statements in a read-only transaction, see {@link inReadTransaction}.
   *
   * @param maxWaitMs how long to wait for the client's other reads; as long as for a connection unless said otherwise.
   * @throws AppError `quota_exceeded` (`too_many_reads`) when the client has too many reads at once.
   */
  read<T>(reader: Reader, work: (tx: ReadTransaction) => Promise<T>, maxWaitMs?: number): Promise<T>;
  /** Runs a stream of pages, of which a client has as few at once as it has reads. */
  stream<T>(reader: Reader, work: () => Promise<T>): Promise<T>;
}

/** How many reads of one client wait in a process. */
const MAX_WAITING = 100;

/**
 * A client has at most a quarter of the pool: so no client keeps the others from reading, and its reads do not take all processor cores
 * of the database from those who place orders.
 */
const shareOf = (max: number): number => Math.max(1, Math.floor(max / 4));

export function createReadPool(
  url: string,
  applicationName: string,
  config: ReadPoolConfig,
  logger: Logger,
): ReadPool {
  const pool = createPool(
    {
      url,
      applicationName,
      max: config.DATABASE_READ_POOL_MAX,
      connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
      queryTimeoutMs: config.DATABASE_QUERY_TIMEOUT_MS,
      schema: config.DATABASE_SCHEMA ?? 'public',
      preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
    },
    logger,
  );
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
