import { type Queryable } from './queryable';
import { runAlone, configureSession, ConfiguredClient } from './session';

/** The default of DATABASE_SCHEMA. */
const PUBLIC = 'public';

/** A connection for one-off work. */
export interface OneOffConnection extends Queryable {
  readonly client: ConfiguredClient;
}

/**
 * Runs one-off work on its own connection and closes the connection. Statements have no time limit and have the settings that the system
 * relies on. They have no names, so that every connection pooler accepts them.
 */
export async function withConnection<T>(
  url: string,
  work: (db: OneOffConnection) => Promise<T>,
  schema = PUBLIC,
): Promise<T> {
  const client = new ConfiguredClient({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    pipeline: true,
  });
  // A connection that is lost while it is idle must not end the process; the next statement on it fails.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await configureSession(client, { schema, queryTimeoutMs: 0, preparedStatements: false });
    return await work({
      client,
      query: (statement, values) => runAlone(client, statement, values),
    } as OneOffConnection);
  } finally {
    await client.end();
  }
}
