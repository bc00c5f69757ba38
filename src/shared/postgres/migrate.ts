import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors';
import { type Queryable } from './queryable';
import { beginOn } from './session';
import { withConnection, type OneOffConnection } from './with-connection';

export interface MigrationSource {
  /** Part of each migration's recorded name, so that two folders can both have a `0001`. */
  name: string;
  directory: string;
}

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
  await requireSchema(db, schema);
  await db.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations
       (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const pending = await pendingMigrations(db, sources);
  for (const migration of pending) await apply(db, migration);
  return pending.map(({ name }) => name);
}

/**
 * @throws Error when the schema is not there, when the tables of this system are in another one, or when new tables could not hold every
 * character.
 */
async function requireSchema(db: Queryable, schema: string): Promise<void> {
  const { rows } = await db.query<{ name: string; is_migrated: boolean }>(
    `SELECT n.nspname AS name,
            EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'checksum') AS is_migrated
       FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_migrations'`,
  );
  const own = rows.find(({ name }) => name === schema);
  if (!own)
    throw new Error(`this database has no schema "${schema}": create it, or set DATABASE_SCHEMA to another`);
  if (own.is_migrated) return;
  const { rows: encodings } = await db.query<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  if (encodings[0]?.encoding !== 'UTF8')
    throw new Error(`the database has the encoding ${String(encodings[0]?.encoding)}: it must be UTF8`);
  for (const { name } of rows.filter(({ is_migrated: isMigrated }) => isMigrated))
    if (await hasOurMigrations(db, name))
      throw new Error(
        `the tables are in the schema "${name}" of this database, not in "${schema}": set DATABASE_SCHEMA=${name}`,
      );
}

async function hasOurMigrations(db: Queryable, schema: string): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT FROM ${`"${schema.replaceAll('"', '""')}"`}.schema_migrations WHERE name = 'event-log/0001_events.sql'`,
  );
  return rows.length > 0;
}

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the text. */
  checksum: string;
}

async function pendingMigrations(db: Queryable, sources: readonly MigrationSource[]): Promise<Migration[]> {
  const { rows } = await db.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const all = (await Promise.all(sources.map(migrationsOf))).flat();
  const changed = all.find(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum);
  if (changed)
    throw new Error(`migration ${changed.name} was changed after it had been applied to this database`);
  return all.filter(({ name }) => !applied.has(name));
}

async function migrationsOf({ name, directory }: MigrationSource): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(join(directory, file), 'utf8');
      return { name: `${name}/${file}`, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
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
