import { type Pool } from 'pg';
import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';
import { asUnavailable, isMisconfiguration } from './database-errors';
import { createPool } from './pool';
import { type Queryable } from './queryable';
import { queryable } from './read';
import { inTransaction } from './transaction';

export interface DatabaseConfig {
  DATABASE_POOL_MAX: number;
  DATABASE_CONNECT_TIMEOUT_MS: number;
  DATABASE_QUERY_TIMEOUT_MS: number;
  DATABASE_PREPARED_STATEMENTS: boolean;
  /** Where the tables are; by default `public`. */
  DATABASE_SCHEMA?: string;
}

/** A service's database: its pool for transactions, a way to run single statements, and its place in the life of the service. */
export interface Database extends Component {
  pool: Pool;
  db: Queryable;
}

export function createDatabase(
  url: string,
  applicationName: string,
  config: DatabaseConfig,
  logger: Logger,
): Database {
  const pool = createPool(
    {
      url,
      applicationName,
      max: config.DATABASE_POOL_MAX,
      connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
      queryTimeoutMs: config.DATABASE_QUERY_TIMEOUT_MS,
      schema: config.DATABASE_SCHEMA ?? 'public',
      preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
    },
    logger,
  );
  return {
    name: 'database',
    pool,
    db: queryable(pool),
    start: () => checkConnection(pool, logger),
    stop: () => pool.end(),
  };
}

/**
 * Makes one transaction. What can pass by itself, a database that is away for the moment, is only logged: requests are answered with 503
 * until it is back.
 *
 * @throws Error when this configuration will never work, saying why.
 */
async function checkConnection(pool: Pool, logger: Logger): Promise<void> {
  try {
    await inTransaction(pool, (tx) => tx.query('SELECT 1'));
  } catch (thrown) {
    const error = asUnavailable(thrown);
    const reason = messageOf((error as Error).cause ?? error);
    if (isMisconfiguration(error))
      throw new Error(`the database cannot be used: ${reason}`, { cause: thrown });
    logger.warn('the database does not answer; requests are answered with 503 until it does', {
      error: reason,
    });
  }
}
