import { EventEmitter } from 'node:events';
import { type Pool } from 'pg';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';
import { asUnavailable, isMisconfiguration } from './database-errors';
import { createPool, type PoolOptions } from './pool';
import { type Database } from './queryable';
import { runTimed } from './timed-statement';
import { inTransaction } from './transaction';

export interface DatabaseConfig {
  DATABASE_POOL_MAX: number;
  DATABASE_CONNECT_TIMEOUT_MS: number;
  DATABASE_QUERY_TIMEOUT_MS: number;
  DATABASE_PREPARED_STATEMENTS: boolean;
  /** The schema that holds the tables; `public` by default. */
  DATABASE_SCHEMA?: string;
}

/** A service's database, as a component that the service starts and stops. */
export interface ServiceDatabase extends Database, Component {
  readonly pool: Pool;
}

export function createDatabase(
  url: string,
  applicationName: string,
  config: DatabaseConfig,
  logger: Logger,
): ServiceDatabase {
  const pool = createPool(poolOptions(url, applicationName, config, config.DATABASE_POOL_MAX), logger);
  return {
    name: 'database',
    pool,
    ...databaseOf(pool),
    start: () => checkConnection(pool, logger),
    stop: () => pool.end(),
  };
}

/** @param max the maximum number of connections of the pool. */
export const poolOptions = (
  url: string,
  applicationName: string,
  config: Omit<DatabaseConfig, 'DATABASE_POOL_MAX'>,
  max: number,
): PoolOptions => ({
  url,
  applicationName,
  max,
  connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
  queryTimeoutMs: config.DATABASE_QUERY_TIMEOUT_MS,
  schema: config.DATABASE_SCHEMA ?? 'public',
  preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
});

/** Wraps a pool. A driver error that says that the database is unreachable, busy or slow becomes AppError `unavailable`. */
export function databaseOf(pool: Pool): Database {
  const committed = new EventEmitter().setMaxListeners(0);
  return {
    async query(statement, values) {
      try {
        return await runTimed(pool, statement, values);
      } catch (error) {
        throw asUnavailable(error);
      }
    },
    transaction: (work, options) => inTransaction(pool, work, options, ({ name }) => committed.emit(name)),
    onCommitted: ({ name }, listener) => void committed.on(name, listener),
  };
}

/**
 * Runs one transaction. An error that can be temporary, such as an unreachable database, is only logged: requests are answered with 503
 * until the database answers.
 *
 * @throws Error with the reason when this configuration can never work.
 */
async function checkConnection(pool: Pool, logger: Logger): Promise<void> {
  try {
    await inTransaction(pool, (tx) => tx.query('SELECT 1'));
  } catch (thrown) {
    const error = asUnavailable(thrown);
    const reason = messageOf((error as Error).cause ?? error);
    if (isMisconfiguration(error))
      throw new Error(`the database cannot be used: ${reason}`, { cause: thrown });
    logger.warn('the database does not respond; requests are answered with 503 until it does', {
      error: reason,
    });
  }
}
