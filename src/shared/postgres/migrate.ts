import { createHash } from 'node:crypto';
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
 * @throws Error when a migration fails, or when one that was applied has been changed since: then the code and this database do
 * not belong together.
 * @returns the names of the migrations that were applied, for example `order-service/0001_orders.sql`.
 */
export async function migrate(url: string, sources: readonly MigrationSource[]): Promise<string[]> {
  return withConnection(url, async (db) => {
    await db.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await db.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations
         (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const pending = await pendingMigrations(db, sources);
    for (const migration of pending) await apply(db, migration);
    return pending.map(({ name }) => name);
  });
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

async function apply(db: Queryable, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await db.query('BEGIN');
    await db.query(sql);
    await db.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
    await db.query('COMMIT');
  } catch (cause) {
    await db.query('ROLLBACK');
    throw new Error(`migration ${name} failed: ${messageOf(cause)}`, { cause });
  }
}
