import { defaults, Pool, type ClientBase } from 'pg';
import { type Logger } from '../observability/logger';
import { awaitedOnConnect } from './driver-internals';
import { configureSession, ConfiguredClient, type SessionReport } from './session';

export interface PoolOptions {
  url: string;
  applicationName: string;
  /** The maximum number of connections. */
  max: number;
  /** How long a caller waits for a connection, in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may take, in milliseconds; then its connection is closed. */
  queryTimeoutMs: number;
  /** The schema that holds the tables. */
  schema: string;
  /** False: each statement is parsed and planned anew, for a connection pooler that does not support prepared statements. */
  preparedStatements: boolean;
}

// Otherwise `pg` writes a Date in the time zone of the process, where old times have offsets with seconds that PostgreSQL cannot read.
defaults.parseInputDatesAsUTC = true;

/**
 * Creates a pool that never hangs: the wait for a connection and each statement have a time limit, so that a frozen database causes an
 * error. This process enforces the limits, because PgBouncer's transaction pooling refuses them as connection parameters.
 */
export function createPool(options: PoolOptions, logger: Logger): Pool {
  const report = createReportLog(logger);
  const settle = (client: ClientBase): Promise<void> =>
    configureSession(client as ConfiguredClient, options).then(report);
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    pipeline: true,
    Client: ConfiguredClient,
    onConnect: awaitedOnConnect(settle),
  });
  pool.on('error', (error) => {
    logger.warn('an idle database connection was lost', { error: error.message });
  });
  // The pool handles errors of idle connections only. Without this listener, an error between two statements of a transaction, or while a
  // connection is being closed, would end the process. The next statement on the connection fails, which is enough.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

/** Logs how the connections of a pool differ from the expected state, and logs it again only when it has changed. */
function createReportLog(logger: Logger): (report: SessionReport) => void {
  let last = '';
  return ({ setByTransaction, lacksStatementNames }) => {
    const present = JSON.stringify([setByTransaction, lacksStatementNames]);
    if (present === last) return;
    last = present;
    if (setByTransaction.length > 0)
      logger.warn(
        'settings of the database or its role differ from those that the service relies on; behind a connection pooler every transaction ' +
          'sets them for itself, which costs time: reset them (ALTER ROLE … RESET)',
        { settings: setByTransaction },
      );
    if (lacksStatementNames)
      logger.warn(
        'the connection pooler does not keep prepared statements, so they are not used: set max_prepared_statements above 0 in ' +
          'PgBouncer 1.21 or later, or DATABASE_PREPARED_STATEMENTS=false to say that this is meant',
      );
  };
}
