import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOf, type MigrationKind } from './migration-kind';
import { type Queryable } from './queryable';

export interface MigrationSource {
  /** The first part of each migration's recorded name, so that two folders can both have a `0001`. */
  name: string;
  directory: string;
}

export interface Migration {
  /** The source and the file, for example `order-service/0001_orders.sql`. */
  name: string;
  kind: MigrationKind;
  sql: string;
  /** SHA-256 of the text. */
  checksum: string;
}

/** The source of the event log's tables, which every service has. */
export const EVENT_LOG = 'event-log';

/** The migration sources of a service's database: the event log, then the service itself. */
export function migrationSources(service: string, ownMigrations: string): MigrationSource[] {
  const eventLog = join(__dirname, '..', 'event-log', 'migrations');
  return [
    { name: EVENT_LOG, directory: eventLog },
    { name: service, directory: ownMigrations },
  ];
}

/**
 * All migrations of the sources, in the order in which they are applied.
 *
 * @throws Error when the first line of a file declares an unknown kind.
 */
export async function readMigrations(sources: readonly MigrationSource[]): Promise<Migration[]> {
  return (await Promise.all(sources.map(migrationsOf))).flat();
}

async function migrationsOf({ name, directory }: MigrationSource): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(join(directory, file), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name: `${name}/${file}`, kind: kindOf(`${name}/${file}`, sql), sql, checksum };
    }),
  );
}

/** The migrations of a database, compared with this version of the code. */
export interface MigrationState {
  /** The migrations that this database has not applied, in order. */
  readonly pending: readonly Migration[];
  /** Those of them that wait until the deployment of this version has ended. */
  readonly postponed: readonly Migration[];
  /** The names of the migrations that it has applied. */
  readonly applied: readonly string[];
}

/**
 * Compares a database that has the table `schema_migrations` with the migrations of this version.
 *
 * @throws Error when a migration was changed after it had been applied: then the code and this database do not match.
 */
export async function migrationState(
  db: Queryable,
  migrations: readonly Migration[],
): Promise<MigrationState> {
  const { rows } = await db.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migrations',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const changed = migrations.find(
    ({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum,
  );
  if (changed)
    throw new Error(`migration ${changed.name} was changed after it had been applied to this database`);
  const pending = migrations.filter(({ name }) => !applied.has(name));
  return { pending, postponed: postponedOf(pending), applied: [...applied.keys()] };
}

const postponedOf = (pending: readonly Migration[]): Migration[] =>
  pending.filter(({ kind }) => kind === 'after deployment');

/**
 * @returns whether this database has been migrated, at least in part.
 * @throws Error when the schema does not exist, when the tables of this system are in another schema, or when the encoding of a new
 * database is not UTF8, so that its tables could not hold every character.
 */
export async function isMigrated(db: Queryable, schema: string): Promise<boolean> {
  const { rows } = await db.query<{ name: string; is_migrated: boolean }>(
    `SELECT n.nspname AS name,
            EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'checksum') AS is_migrated
       FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_migrations'`,
  );
  const own = rows.find(({ name }) => name === schema);
  if (!own)
    throw new Error(`this database has no schema "${schema}": create it, or set DATABASE_SCHEMA to another`);
  if (own.is_migrated) return true;
  const { rows: encodings } = await db.query<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  if (encodings[0]?.encoding !== 'UTF8')
    throw new Error(`the database has the encoding ${String(encodings[0]?.encoding)}: it must be UTF8`);
  for (const { name } of rows.filter((other) => other.is_migrated))
    if (await hasOurMigrations(db, name))
      throw new Error(
        `the tables are in the schema "${name}" of this database, not in "${schema}": set DATABASE_SCHEMA=${name}`,
      );
  return false;
}

async function hasOurMigrations(db: Queryable, schema: string): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT FROM ${`"${schema.replaceAll('"', '""')}"`}.schema_migrations WHERE name = 'event-log/0001_events.sql'`,
  );
  return rows.length > 0;
}
