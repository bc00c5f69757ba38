import { messageOf } from '../errors';
import {
  isMigrated,
  type Migration,
  type MigrationSource,
  migrationSources,
  migrationState,
  readMigrations,
} from './migration-state';
import { beginOn } from './session';
import { type OneOffConnection, withConnection } from './with-connection';

/** The number of the advisory lock that all migrators of this system share. */
const MIGRATION_LOCK = 7_305_001;

/**
 * Applies every numbered `.sql` file that this database has not applied yet, in order, each in its own transaction. Several migrators may
 * run at once: each waits for the one before it.
 *
 * @param schema the schema that holds the tables, or in which they are created.
 * @throws Error when a migration fails, or when a migration was changed after it had been applied: then the code and this database do not
 * match.
 * @returns the names of the migrations that were applied, for example `order-service/0001_orders.sql`.
 */
export async function migrate(
  url: string,
  sources: readonly MigrationSource[],
  schema = 'public',
): Promise<string[]> {
  return withConnection(
    url,
    (lock) =>
      inOneTransaction(lock, async () => {
        // A transaction-level lock, on a connection whose transaction stays open to the end. Behind a connection pooler a session-level
        // lock would pass to the next user of the session and never be released.
        await lock.client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
        return withConnection(url, (db) => applyPending(db, sources, schema), schema);
      }),
    schema,
  );
}

async function applyPending(
  db: OneOffConnection,
  sources: readonly MigrationSource[],
  schema: string,
): Promise<string[]> {
  await isMigrated(db, schema);
  await db.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations
       (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { pending } = await migrationState(db, await readMigrations(sources));
  for (const migration of pending) await apply(db, migration);
  return pending.map(({ name }) => name);
}

async function apply(db: OneOffConnection, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await inOneTransaction(db, async () => {
      await db.client.query(sql);
      await db.client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
        name,
        checksum,
      ]);
    });
  } catch (cause) {
    throw new Error(`migration ${name} failed: ${messageOf(cause)}`, { cause });
  }
}

/** The connection must have no other user. */
async function inOneTransaction<T>({ client }: OneOffConnection, work: () => Promise<T>): Promise<T> {
  try {
    await client.query(beginOn(client));
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // If the connection is broken, the server rolls back when the connection ends.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Migrates a service's database: first the event log's tables, then the service's own.
 *
 * @returns one line that reports the result.
 */
export async function runMigrations(
  service: string,
  url: string,
  ownMigrations: string,
  schema?: string,
): Promise<string> {
  const applied = await migrate(url, migrationSources(service, ownMigrations), schema);
  return applied.length === 0
    ? `${service}: database is up to date`
    : `${service}: applied ${applied.join(', ')}`;
}
