import { Client, Pool } from 'pg';
import { type Logger } from '../observability/logger';

export interface PoolOptions {
  url: string;
  applicationName: string;
  /** Most connections at once. */
  max: number;
  /** How long a caller waits for a connection, in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may take, in milliseconds; the connection is given up after that. */
  queryTimeoutMs: number;
  /** Without them each statement is parsed and planned anew, as a connection pooler needs it that does not know them. */
  preparedStatements: boolean;
}

/**
 * A pool that never hangs: both the wait for a connection and each statement end in time, so a frozen database becomes an error.
 * The limits are kept on this side, because PgBouncer's transaction pooling refuses them as connection parameters.
 */
export function createPool(options: PoolOptions, logger: Logger): Pool {
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    pipeline: true,
    ...(!options.preparedStatements && { Client: UnpreparedClient }),
  });
  pool.on('error', (error) => {
    logger.warn('an idle database connection was lost', { error: error.message });
  });
  // The pool listens only to connections that rest in it. One that breaks between two statements of a transaction, or while it is
  // being closed, would end the process; the next statement on it fails, and that is enough.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

/** Runs statements without the name under which PostgreSQL would keep them. */
class UnpreparedClient extends Client {
  override query(...args: unknown[]): never {
    const [statement, ...rest] = args;
    const isNamed = typeof statement === 'object' && statement !== null && 'name' in statement;
    const unnamed = isNamed ? { ...statement, name: undefined } : statement;
    return (super.query as (...args: unknown[]) => never).call(this, unnamed, ...rest);
  }
}
