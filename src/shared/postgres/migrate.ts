import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors';
import { type Queryable } from './queryable';
import { withConnection } from './with-connection';

export interface MigrationSource {
  /** Part of each migration's recorded name, so that two folders can both have a `0001`. */
  name: string;
  directory: string;
}

/** The number of one advisory lock that all migrators of this system share. */
const MIGRATION_LOCK = 7_305_001;

/**
 * Applies every numbered `.sql` file that this database has not seen, in order, each in its own transaction. Safe to run from
 * several places at once: they take turns. Needs a direct connection, not PgBouncer's transaction pooling.
 *
 * @returns the names of the migrations that were applied, for example `order-service/0001_orders.sql`.
 */
export async function migrate(url: string, sources: readonly MigrationSource[]): Promise<string[]> {
  return withConnection(url, async (db) => {
    await db.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await db.query(
      'CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const pending = await pendingMigrations(db, sources);
    for (const migration of pending) await apply(db, migration);
    return pending.map(({ name }) => name);
  });
}

interface Migration {
  name: string;
  file: string;
}

async function pendingMigrations(db: Queryable, sources: readonly MigrationSource[]): Promise<Migration[]> {
  const { rows } = await db.query<{ name: string }>('SELECT name FROM schema_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  const all = await Promise.all(sources.map(migrationsOf));
  return all.flat().filter(({ name }) => !applied.has(name));
}

async function migrationsOf({ name, directory }: MigrationSource): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
  return files.map((file) => ({ name: `${name}/${file}`, file: join(directory, file) }));
}

async function apply(db: Queryable, { name, file }: Migration): Promise<void> {
  try {
    await db.query('BEGIN');
    await db.query(await readFile(file, 'utf8'));
    await db.query('INSERT INTO schema_migrations (name) VALUES ($1)', [name]);
    await db.query('COMMIT');
  } catch (cause) {
    await db.query('ROLLBACK');
    throw new Error(`migration ${name} failed: ${messageOf(cause)}`, { cause });
  }
}
