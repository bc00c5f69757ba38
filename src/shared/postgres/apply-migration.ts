import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors';
import { buildIndex, concurrentIndexOf } from './concurrent-index';
import { announcedProcessId, singleStatement } from './driver-internals';
import { type MigrationKind, withoutComments } from './migration-kind';
import { reporter } from './migration-report';
import { type Migration } from './migration-state';
import { type MigrationRun, runOnce, runStep } from './migration-step';
import { beginOn } from './session';
import { type OneOffConnection } from './with-connection';

const APPLY: Readonly<
  Record<MigrationKind, (db: OneOffConnection, migration: Migration, run: MigrationRun) => Promise<void>>
> = {
  'in one transaction': applyInOneTransaction,
  'without transaction': applyWithoutTransaction,
  'in batches': applyInBatches,
  'after deployment': applyInOneTransaction,
};

/**
 * Applies a migration and records it in `schema_migrations`.
 *
 * - In one transaction: nothing of it stays when it fails.
 * - Without transaction: the statement and its record are separate, so that it is repeated when the migrator ends between them. An index
 *   of CREATE INDEX CONCURRENTLY is handled by {@link buildIndex}; any other statement must be safe to repeat, for example by IF EXISTS.
 * - In batches: the statement gets a position, 0 at first, as `$1::bigint` and returns the next one in a row with the column `next`; null
 *   ends the migration. Batches that were committed stay when it fails, and the next run starts again at 0, so that the statement must
 *   skip rows that are done.
 *
 * @throws Error that names the migration.
 */
export async function applyMigration(
  db: OneOffConnection,
  migration: Migration,
  run: MigrationRun,
): Promise<void> {
  try {
    if (withoutComments(migration.sql) === '' && isSingleStatement(migration))
      throw new Error('the file holds no statement');
    await APPLY[migration.kind](db, migration, run);
  } catch (cause) {
    throw new Error(`migration ${migration.name} failed: ${messageOf(cause)}${adviceOn(cause, migration)}`, {
      cause,
    });
  }
}

const isSingleStatement = ({ kind }: Migration): boolean =>
  kind === 'without transaction' || kind === 'in batches';

async function applyInOneTransaction(db: OneOffConnection, migration: Migration, run: MigrationRun) {
  await inOneTransaction(db, migration, run, async () => {
    await db.client.query(migration.sql);
    await record(db, migration);
  });
}

async function applyInBatches(db: OneOffConnection, migration: Migration, run: MigrationRun): Promise<void> {
  const report = reporter(run.options);
  let position = 0n;
  for (let batches = 1; ; batches += 1) {
    const next = await inOneTransaction(db, migration, run, async () => {
      const { rows } = await db.client.query<BatchRow>(migration.sql, [String(position)]);
      const following = nextPosition(rows, position);
      if (following === null) await record(db, migration);
      return following;
    });
    if (next === null) return;
    position = next;
    report((seconds) => `${migration.name}: ${batches} batches in ${seconds} s, now at position ${position}`);
    // Leaves the server to the version that is serving.
    await delay(run.options.batchPauseMs);
  }
}

interface BatchRow {
  next?: string | number | null;
}

/** @throws Error unless the position grows: otherwise the batches would never end. */
function nextPosition(rows: readonly BatchRow[], position: bigint): bigint | null {
  const [row] = rows;
  if (rows.length !== 1 || row?.next === undefined)
    throw new Error(
      `a statement in batches must return one row with the column "next": it returned ${rows.length} rows` +
        (row ? ` with the columns ${Object.keys(row).join(', ')}` : ''),
    );
  if (row.next === null) return null;
  const text = String(row.next);
  if (!/^-?\d+$/.test(text)) throw new Error(`"next" must be a bigint, not ${text}`);
  if (BigInt(text) <= position)
    throw new Error(`the batch at position ${position} made no progress: its "next" is ${text}`);
  return BigInt(text);
}

/**
 * There is no lock timeout for a statement that is CONCURRENTLY: while it waits it blocks neither reads nor writes, and after a timeout
 * CREATE INDEX would have to begin again.
 */
async function applyWithoutTransaction(db: OneOffConnection, migration: Migration, run: MigrationRun) {
  const { client } = db;
  const statement = withoutComments(migration.sql);
  const isConcurrent = /\bCONCURRENTLY\b/i.test(statement);
  if (client.transactionSettings !== '' || (!isConcurrent && !client.isDirect))
    throw new Error(
      'it needs settings of the session, which cannot be set behind a connection pooler: ' +
        'give it the direct URL of the database (ORDER_DATABASE_MIGRATION_URL, DELIVERY_DATABASE_MIGRATION_URL)',
    );
  const execute = async (sentBy: (pid: number | null) => void): Promise<void> => {
    sentBy(client.isDirect ? announcedProcessId(client) : null);
    await client.query(singleStatement(migration.sql));
  };
  const index = concurrentIndexOf(statement);
  const once = (): Promise<void> => runOnce(run, migration.name, execute);
  if (index) await buildIndex(db, index, { ...run, name: migration.name, build: once });
  else if (isConcurrent) await once();
  else await withSessionLockTimeout(db, run, () => runStep(run, migration.name, execute));
  await record(db, migration);
}

async function withSessionLockTimeout(
  { client }: OneOffConnection,
  { options }: MigrationRun,
  work: () => Promise<void>,
): Promise<void> {
  await client.query(`SET lock_timeout = ${options.lockTimeoutMs}`);
  try {
    await work();
  } finally {
    await client.query('SET lock_timeout = 0').catch(() => undefined);
  }
}

/** The connection must have no other user. */
async function inOneTransaction<T>(
  { client }: OneOffConnection,
  { name }: Migration,
  run: MigrationRun,
  work: () => Promise<T>,
): Promise<T> {
  return runStep(run, name, async (sentBy) => {
    try {
      await client.query(`${beginOn(client)}; SET LOCAL lock_timeout = ${run.options.lockTimeoutMs}`);
      const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
      sentBy(rows[0]?.pid ?? null);
      const result = await work();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // If the connection is broken, the server rolls back when the connection ends.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

async function record(db: OneOffConnection, { name, checksum }: Migration): Promise<void> {
  await db.client.query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
}

/** The text that follows PostgreSQL's message: the duplicate key, or how to correct the file. */
function adviceOn(error: unknown, { kind }: Migration): string {
  const { code, detail, routine } = (error ?? {}) as { code?: string; detail?: string; routine?: string };
  if (code === '23505' && detail !== undefined) return `: ${detail}`;
  if (code === '25001' && (kind === 'in one transaction' || kind === 'after deployment'))
    return ': the first line of the file must be "-- migrate: without transaction"';
  if (routine === 'exec_parse_message' && code === '42601')
    return ': the file must hold exactly one statement';
  return '';
}
