import { setTimeout as delay } from 'node:timers/promises';
import { isServerAnswer } from './database-errors';
import { reporter } from './migration-report';
import { type MigrationRun } from './migration-step';
import { type OneOffConnection } from './with-connection';

/** The index of a CREATE INDEX CONCURRENTLY. */
export interface ConcurrentIndex {
  readonly name: string;
  readonly table: string;
}

const IDENTIFIER = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\d_$]*)`;
const CONCURRENT_INDEX = /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b/i;
const NAMED_INDEX = new RegExp(
  String.raw`${CONCURRENT_INDEX.source}\s*(?:IF\s+NOT\s+EXISTS\b\s*)?(?!ON\b)(${IDENTIFIER})\s*\bON\s*(?:ONLY\b\s*)?(?:${IDENTIFIER}\s*\.\s*)?(${IDENTIFIER})`,
  'iu',
);

/** How often a build is repeated after it met another one. */
const MOST_BUILDS = 3;

const CHECK_INTERVAL_MS = 500;

/**
 * The index that a statement builds; null for any other statement.
 *
 * @param statement without comments.
 * @throws Error when the index has no name: a build that failed could not be found.
 */
export function concurrentIndexOf(statement: string): ConcurrentIndex | null {
  if (!CONCURRENT_INDEX.test(statement)) return null;
  const [, name, table] = NAMED_INDEX.exec(statement) ?? [];
  if (name === undefined || table === undefined)
    throw new Error('CREATE INDEX CONCURRENTLY needs a name for the index');
  return { name: unquoted(name), table: unquoted(table) };
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

export interface IndexBuild extends MigrationRun {
  /** The name of the migration. */
  readonly name: string;
  /** Runs CREATE INDEX CONCURRENTLY. */
  readonly build: () => Promise<void>;
}

/**
 * Builds an index in the configured schema, and can be repeated after any failure. A build that fails leaves an invalid index, which may
 * refuse duplicates and costs writes but serves no query: it is dropped at once where possible, and before the next build at the latest. A
 * valid index of that name is taken as built: the migrator had ended before it recorded the migration.
 */
export async function buildIndex(
  db: OneOffConnection,
  index: ConcurrentIndex,
  run: IndexBuild,
): Promise<void> {
  for (let builds = 1; ; builds += 1) {
    if (await isBuilt(db, index, run)) return;
    try {
      await run.build();
      // With IF NOT EXISTS the statement also succeeds beside an index that another session builds.
      if ((await read(db, index, run))?.is_valid ?? true) return;
      if (builds >= MOST_BUILDS) throw new Error(`the index "${index.name}" is still invalid`);
    } catch (error) {
      if (isOtherBuild(error) && builds < MOST_BUILDS) continue;
      if (isServerAnswer(error)) await dropInvalid(db, index, run).catch(() => undefined);
      throw error;
    }
  }
}

/** SQLSTATE 42P07, duplicate relation, or 40P01, deadlock: the statement of a migrator that was killed still ran at the server. */
const isOtherBuild = (error: unknown): boolean =>
  /^(42P07|40P01)$/.test((error as { code?: string }).code ?? '');

/** Waits while another session builds the index: the statement of a migrator that was killed runs on at the server. */
async function isBuilt(db: OneOffConnection, index: ConcurrentIndex, run: IndexBuild): Promise<boolean> {
  const report = reporter(run.options);
  for (;;) {
    await run.lock.requireHeld();
    const present = await read(db, index, run);
    if (present && present.table !== index.table)
      throw new Error(`the index "${index.name}" exists already, on the table "${present.table}"`);
    if (present?.is_valid) return true;
    const builder = present?.builder ?? null;
    if (builder === null) {
      await dropInvalid(db, index, run);
      return false;
    }
    report(
      (seconds) => `${run.name} is waiting for its index, which pid ${builder} builds, ${seconds} s so far`,
    );
    await delay(CHECK_INTERVAL_MS);
  }
}

interface PresentIndex {
  table: string;
  is_valid: boolean;
  /** The server process that builds it. */
  builder: number | null;
  drop: string;
}

async function read(
  db: OneOffConnection,
  { name }: ConcurrentIndex,
  { schema }: IndexBuild,
): Promise<PresentIndex | undefined> {
  const { rows } = await db.query<PresentIndex & Record<string, unknown>>(
    `SELECT t.relname AS table, i.indisvalid AND i.indisready AS is_valid, p.pid AS builder,
            pg_catalog.format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', n.nspname, c.relname) AS drop
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
       JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
       LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.index_relid = c.oid
      WHERE n.nspname = $1 AND c.relname = $2::pg_catalog.name`,
    [schema, name],
  );
  return rows[0];
}

/** Waits for older transactions, as CREATE INDEX CONCURRENTLY does, and blocks neither reads nor writes. */
async function dropInvalid(db: OneOffConnection, index: ConcurrentIndex, run: IndexBuild): Promise<void> {
  const present = await read(db, index, run);
  if (present && !present.is_valid && present.builder === null) await db.client.query(present.drop);
}
