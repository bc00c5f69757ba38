import { setTimeout as delay } from 'node:timers/promises';
import { isRetryable, messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { type Component } from '../runtime/lifecycle';
import {
  EVENT_LOG,
  isMigrated,
  migrationSources,
  type MigrationState,
  migrationState,
  readMigrations,
} from './migration-state';
import { type Queryable } from './queryable';
import { withConnection } from './with-connection';

const CHECK_INTERVAL_MS = 250;

/** SQLSTATE of "insufficient privilege". */
const NOT_PERMITTED = '42501';

const ADVICE = 'run npm run migrate';

export interface ServiceSchema {
  /** The name of the service, which is the first part of its migrations' names. */
  readonly service: string;
  /** The folder of the service's own migrations. */
  readonly ownMigrations: string;
  /** The schema that holds the tables. */
  readonly schema: string;
}

/**
 * A start condition: the database has the tables that this version needs. While the database does not answer, the service runs and
 * answers requests with 503; the condition is checked as soon as the database answers.
 */
export function schemaCheck(db: Queryable, expected: ServiceSchema, logger: Logger): Component {
  const stopping = new AbortController();
  let fail: (reason: Error) => void = () => undefined;
  const failure = new Promise<Error>((resolve) => (fail = resolve));
  let waiting: Promise<void> = Promise.resolve();

  async function untilChecked(): Promise<void> {
    for (let isDecided = false; !isDecided && !stopping.signal.aborted;) {
      await delay(CHECK_INTERVAL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      isDecided = await isChecked(db, expected, logger);
    }
  }

  return {
    name: 'schema check',
    isCondition: true,
    failure,
    async start() {
      if (await isChecked(db, expected, logger)) return;
      waiting = untilChecked().catch((error: unknown) => {
        if (!stopping.signal.aborted) fail(error as Error);
      });
    },
    async stop() {
      stopping.abort();
      await waiting;
    },
  };
}

/**
 * @returns false while the database does not answer.
 * @throws Error when the condition is not met.
 */
async function isChecked(db: Queryable, expected: ServiceSchema, logger: Logger): Promise<boolean> {
  try {
    const unknown = await requireMigrated(db, expected);
    if (unknown.length > 0)
      logger.warn(`the database is newer than this version of ${expected.service}`, {
        unknown_migrations: unknown,
      });
    return true;
  } catch (error) {
    if (isRetryable(error)) return false;
    if ((error as { code?: string }).code !== NOT_PERMITTED) throw error;
    logger.warn('the role may not read schema_migrations, so the version of the tables is not checked', {
      error: messageOf(error),
    });
    return true;
  }
}

/**
 * Checks that a database has every table that this version of the service needs. A database that a later version has migrated passes,
 * because migrations are safe while the previous version runs.
 *
 * @returns the names of the applied migrations that this version does not know.
 * @throws Error with advice when the database was never migrated, is older than this version, or belongs to another service.
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

/** Runs one-off work on a migrated database; see {@link withConnection}. */
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

function requireNothingPending({ pending, postponed, applied }: MigrationState, service: string): void {
  const [first, ...others] = pending.filter((migration) => !postponed.includes(migration));
  if (first === undefined) return;
  const foreign = applied.find((name) => !isOf(name, [service, EVENT_LOG]));
  if (foreign !== undefined && !applied.some((name) => isOf(name, [service])))
    throw new Error(
      `the database holds the tables of ${ownerOf(foreign)}, not those of ${service}: correct its database URL`,
    );
  const missing =
    others.length === 0
      ? `migration ${first.name} is`
      : `${String(others.length + 1)} migrations, from ${first.name} on, are`;
  throw new Error(`the database is older than this version of ${service}, ${missing} missing: ${ADVICE}`);
}

const ownerOf = (migration: string): string => migration.slice(0, migration.indexOf('/'));

const isOf = (migration: string, sources: readonly string[]): boolean => sources.includes(ownerOf(migration));
