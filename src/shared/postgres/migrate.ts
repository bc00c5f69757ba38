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

/** The number of one advisory lock that all migrators of this system share. */
const MIGRATION_LOCK = 7_305_001;

/**
 * Applies every numbered `.sql` file that this database has not seen, in order, each in its own transaction. Safe to run from
 * several places at once: they take turns.
 *
 * @param schema where the tables are, or are to be made.
 * @throws Error when a migration fails, or when one that was applied has been changed since: then the code and this database do
 * not belong together.
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
        // A lock of the transaction, on a connection that stays in it to the end: behind a connection pooler a lock of the session
        // would belong to whoever gets the session next, and never be released.
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

/** On a connection that nobody else uses. */
async function inOneTransaction<T>({ client }: OneOffConnection, work: () => Promise<T>): Promise<T> {
  try {
    await client.query(beginOn(client));
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // What the connection cannot do any more, the server does at its end.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Brings a service's database up to date: the event log's tables, then the service's own.
 *
 * @returns one line on what was done.
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
