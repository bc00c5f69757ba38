import { type Pool } from 'pg';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';
import { createPool } from './pool';
import { type Queryable } from './queryable';
import { queryable } from './read';

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
    start: () => Promise.resolve(),
    stop: () => pool.end(),
  };
}
