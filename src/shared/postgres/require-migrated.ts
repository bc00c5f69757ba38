import { EVENT_LOG, migrationSources, readMigrations } from './migration-files';
import { isMigrated, migrationState, type MigrationState } from './migration-state';
import { type Queryable } from './queryable';
import { withConnection } from './with-connection';

export interface ServiceSchema {
  /** The name of the service, which the names of its migrations begin with. */
  readonly service: string;
  /** The folder of its own migrations. */
  readonly ownMigrations: string;
  /** Where the tables are. */
  readonly schema: string;
}

const ADVICE = 'run npm run migrate';

/**
 * Checks that a database has every table that this version of the service needs. One that a later version has migrated passes, because
 * migrations are safe while the version before them runs.
 *
 * @returns the names of the migrations that this version does not know.
 * @throws Error that says what to do when the database was never migrated, is older than this version, or is that of another service.
 */
export async function requireMigrated(
  db: Queryable,
  { service, ownMigrations, schema }: ServiceSchema,
): Promise<string[]> {
  if (!(await isMigrated(db, schema))) throw new Error(`the database has not been migrated: ${ADVICE}`);
  const known = await readMigrations(migrationSources(service, ownMigrations));
  const state = await migrationState(db, known);
  requireNothingPending(state, service);
  const names = new Set(known.map(({ name }) => name));
  return state.applied.filter((name) => !names.has(name) && isOf(name, [service, EVENT_LOG])).sort();
}

/** Runs one-off work on a database that has been migrated; see {@link withConnection}. */
export async function withMigratedDatabase<T>(
  url: string,
  schema: ServiceSchema,
  work: (db: Queryable) => Promise<T>,
): Promise<T> {
  return withConnection(
    url,
    async (db) => {
      await requireMigrated(db, schema);
      return work(db);
    },
    schema.schema,
  );
}

function requireNothingPending({ pending, applied }: MigrationState, service: string): void {
  const [first, ...others] = pending;
  if (first === undefined) return;
  const stranger = applied.find((name) => !isOf(name, [service, EVENT_LOG]));
  if (stranger !== undefined && !applied.some((name) => isOf(name, [service])))
    throw new Error(
      `the database holds the tables of ${ownerOf(stranger)}, not those of ${service}: correct its database URL`,
    );
  const missing =
    others.length === 0
      ? `migration ${first.name} is`
      : `${String(pending.length)} migrations, from ${first.name} on, are`;
  throw new Error(`the database is older than this version of ${service}, ${missing} missing: ${ADVICE}`);
}

const ownerOf = (migration: string): string => migration.slice(0, migration.indexOf('/'));

const isOf = (migration: string, sources: readonly string[]): boolean => sources.includes(ownerOf(migration));
