import { applyMigration } from './apply-migration';
import { withMigrationLock } from './migration-lock';
import { DEFAULT_OPTIONS, type MigrationOptions } from './migration-options';
import {
  isMigrated,
  type Migration,
  type MigrationSource,
  migrationSources,
  migrationState,
  readMigrations,
} from './migration-state';
import { type MigrationRun } from './migration-step';
import { type OneOffConnection, withConnection } from './with-connection';

/** The names of migrations, in order. */
export interface MigrationResult {
  readonly applied: readonly string[];
  readonly postponed: readonly string[];
}

/**
 * Applies every numbered `.sql` file that this database has not applied yet, in order, while the previous version serves. The first line of
 * a file declares how it runs: see `MigrationKind`. Several migrators may run at once: each waits for the one before it.
 *
 * @param schema the schema that holds the tables, or in which they are created.
 * @throws Error when a migration fails, when it does not receive its locks in time, when one for the time after an earlier deployment is
 * missing, or when a migration was changed after it had been applied: then the code and this database do not match.
 * @returns the names of the migrations that were applied, for example `order-service/0001_orders.sql`, and of those that wait until
 * `afterDeployment`.
 */
export async function migrate(
  url: string,
  sources: readonly MigrationSource[],
  schema = 'public',
  options: Partial<MigrationOptions> = {},
): Promise<MigrationResult> {
  const all = { ...DEFAULT_OPTIONS, ...options };
  return withMigrationLock(url, schema, all, (lock) =>
    withConnection(url, (db) => applyPending(db, sources, { lock, options: all, schema }), schema),
  );
}

async function applyPending(
  db: OneOffConnection,
  sources: readonly MigrationSource[],
  run: MigrationRun,
): Promise<MigrationResult> {
  await isMigrated(db, run.schema);
  await db.query(
    `CREATE TABLE IF NOT EXISTS schema_migrations
       (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { pending, postponed, applied } = await migrationState(db, await readMigrations(sources));
  // Nothing uses a new database yet.
  const isComplete = run.options.afterDeployment || applied.length === 0;
  const due = isComplete ? pending : pending.filter((migration) => !postponed.includes(migration));
  if (!isComplete) requireEarlierDeployed(pending, postponed);
  for (const migration of due) await applyMigration(db, migration, run);
  return { applied: namesOf(due), postponed: isComplete ? [] : namesOf(postponed) };
}

/** A later file may rely on one that waits for the end of an earlier deployment. */
function requireEarlierDeployed(pending: readonly Migration[], postponed: readonly Migration[]): void {
  for (const { name } of postponed) {
    const source = name.slice(0, name.indexOf('/') + 1);
    const later = pending.find(
      (migration) =>
        migration.name.startsWith(source) && migration.name > name && !postponed.includes(migration),
    );
    if (later)
      throw new Error(
        `${name} must be applied before ${later.name}: end the deployment of the earlier version, run npm run migrate:after-deployment ` +
          'with that version, then run the migration again',
      );
  }
}

const namesOf = (migrations: readonly Migration[]): string[] => migrations.map(({ name }) => name);

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
  options: Partial<MigrationOptions> = {},
): Promise<string> {
  const { applied, postponed } = await migrate(url, migrationSources(service, ownMigrations), schema, {
    ...options,
    report: (line) => options.report?.(`${service}: ${line}`),
  });
  const result = applied.length === 0 ? 'database is up to date' : `applied ${applied.join(', ')}`;
  const advice = `; ${postponed.join(', ')} waits for npm run migrate:after-deployment`;
  return `${service}: ${result}${postponed.length === 0 ? '' : advice}`;
}

/**
 * Reads the arguments of a migration command: none, or `--after-deployment`.
 *
 * @throws Error that names the unknown arguments.
 */
export function readMigrationArguments(argv: readonly string[]): Pick<MigrationOptions, 'afterDeployment'> {
  const unknown = argv.filter((argument) => argument !== AFTER_DEPLOYMENT);
  if (unknown.length > 0)
    throw new Error(
      `unknown arguments ${unknown.join(' ')}: this command accepts only ${AFTER_DEPLOYMENT} and did nothing`,
    );
  return { afterDeployment: argv.length > 0 };
}

const AFTER_DEPLOYMENT = '--after-deployment';
