import { defaults, Pool, type ClientBase, type PoolConfig } from 'pg';
import { type Logger } from '../observability/logger';
import { settleSession, SettledClient, type SessionReport } from './session';

export interface PoolOptions {
  url: string;
  applicationName: string;
  /** Most connections at once. */
  max: number;
  /** How long a caller waits for a connection, in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may take, in milliseconds; the connection is given up after that. */
  queryTimeoutMs: number;
  /** Where the tables are. */
  schema: string;
  /** Without them each statement is parsed and planned anew, as a connection pooler needs it that does not know them. */
  preparedStatements: boolean;
}

// Else a Date is written in the time zone of the process, in which old times have offsets of seconds that PostgreSQL does not read.
defaults.parseInputDatesAsUTC = true;

/**
 * A pool that never hangs: both the wait for a connection and each statement end in time, so a frozen database becomes an error.
 * The limits are kept on this side, because PgBouncer's transaction pooling refuses them as connection parameters.
 */
export function createPool(options: PoolOptions, logger: Logger): Pool {
  const report = reportOnce(logger);
  // The pool waits for this before it hands a connection out; the types of `pg` do not know that it may be a promise.
  const settle = (client: ClientBase): Promise<void> =>
    settleSession(client as SettledClient, options).then(report);
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    pipeline: true,
    Client: SettledClient,
    onConnect: settle as unknown as PoolConfig['onConnect'],
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

/** Says what is not as usual about the connections of a pool, and says it again only when it has changed. */
function reportOnce(logger: Logger): (report: SessionReport) => void {
  let last = '';
  return ({ setByTransaction, isWithoutNames }) => {
    const present = JSON.stringify([setByTransaction, isWithoutNames]);
    if (present === last) return;
    last = present;
    if (setByTransaction.length > 0)
      logger.warn(
        'settings of the database or its role differ from those that the service relies on; behind a connection pooler every transaction ' +
          'sets them for itself, which costs time: reset them (ALTER ROLE … RESET)',
        { settings: setByTransaction },
      );
    if (isWithoutNames)
      logger.warn(
        'the connection pooler does not keep prepared statements, so they are not used: set max_prepared_statements above 0 in ' +
          'PgBouncer 1.21 or later, or DATABASE_PREPARED_STATEMENTS=false to say that this is meant',
      );
  };
}
