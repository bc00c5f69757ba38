import { type Queryable } from './queryable';
import { runAlone, settleSession, SettledClient } from './session';

/** The default of DATABASE_SCHEMA. */
const PUBLIC = 'public';

/** Where one-off work is done. */
export interface OneOffConnection extends Queryable {
  readonly client: SettledClient;
}

/**
 * Runs one-off work on a connection of its own and closes it. Each statement may take as long as it wants, and has the settings that
 * the system relies on; none of them has a name, so that any connection pooler passes them.
 */
export async function withConnection<T>(
  url: string,
  work: (db: OneOffConnection) => Promise<T>,
  schema = PUBLIC,
): Promise<T> {
  const client = new SettledClient({ connectionString: url, connectionTimeoutMillis: 5_000, pipeline: true });
  await client.connect();
  try {
    await settleSession(client, { schema, queryTimeoutMs: 0, preparedStatements: false });
    return await work({
      client,
      query: (statement, values) => runAlone(client, statement, values),
    } as OneOffConnection);
  } finally {
    await client.end();
  }
}
