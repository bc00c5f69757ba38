import { setTimeout as delay } from 'node:timers/promises';
import { blockingSessions, indexProgress } from './blocking-sessions';
import { withQueryTimeout } from './driver-internals';
import { type MigrationOptions } from './migration-options';
import { reporter } from './migration-report';
import { beginOn, type ConfiguredClient } from './session';
import { withConnection } from './with-connection';

/** The number of the advisory lock that all migrators of this system share. */
const MIGRATION_LOCK = 7_305_001;

/** A connection that does not answer for so long has lost the lock, as far as this process can know. */
const ANSWER_WITHIN_MS = 10_000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** The lock that keeps other migrators of this database waiting, and the connection that holds it. */
export interface MigrationLock {
  /** @throws Error when the connection that holds the lock was lost, so that another migrator may be running. */
  requireHeld(): Promise<void>;
  /** See {@link blockingSessions}. */
  sessionsBlocking(pid: number): Promise<string>;
  /** See {@link indexProgress}. */
  indexProgress(pid: number): Promise<string>;
}

/**
 * Runs `work` while no other migrator of this database runs.
 *
 * The lock belongs to a transaction that stays open to the end: behind a connection pooler, a session-level lock would pass to the next
 * user of the session and never be released. Between its statements this transaction holds no snapshot and no lock on a table, so
 * CREATE INDEX CONCURRENTLY, which waits for all older snapshots of the database, does not wait for it.
 */
export async function withMigrationLock<T>(
  url: string,
  schema: string,
  options: MigrationOptions,
  work: (lock: MigrationLock) => Promise<T>,
): Promise<T> {
  return withConnection(
    url,
    async ({ client }) => {
      await acquire(client, options);
      try {
        return await work(heldBy(client));
      } finally {
        // If the connection is broken, the server rolls back when the connection ends.
        await client.query('COMMIT').catch(() => undefined);
      }
    },
    schema,
  );
}

/**
 * Asks for the lock again and again instead of waiting in one statement: that statement would hold a snapshot, for which a
 * CREATE INDEX CONCURRENTLY of the present holder would wait, and the server would not see that both wait for each other.
 */
async function acquire(client: ConfiguredClient, options: MigrationOptions): Promise<void> {
  const report = reporter(options);
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    // The transaction is idle during every step of the run; a limit of the server must not end it.
    await client.query(`${beginOn(client)}; SET LOCAL idle_in_transaction_session_timeout = 0`);
    if (await isAcquired(client)) return;
    const holder = await holderOf(client);
    await client.query('ROLLBACK');
    report((seconds) => `waiting for another migrator${holder}, ${seconds} s so far`);
    await delay(pauseMs * (0.5 + Math.random()));
  }
}

async function isAcquired(client: ConfiguredClient): Promise<boolean> {
  const { rows } = await client.query<{ is_held: boolean }>(
    'SELECT pg_catalog.pg_try_advisory_xact_lock($1) AS is_held',
    [MIGRATION_LOCK],
  );
  return rows[0]?.is_held ?? false;
}

async function holderOf(client: ConfiguredClient): Promise<string> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_catalog.pg_locks
      WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
    [MIGRATION_LOCK],
  );
  return rows[0] ? ` (pid ${rows[0].pid})` : '';
}

function heldBy(client: ConfiguredClient): MigrationLock {
  return {
    async requireHeld() {
      try {
        await client.query(withQueryTimeout({ text: 'SELECT 1' }, ANSWER_WITHIN_MS));
      } catch (cause) {
        throw new Error(
          'the connection that holds the lock between migrators was lost, so the run has stopped: run the migration again',
          { cause },
        );
      }
    },
    sessionsBlocking: (pid) => blockingSessions(client, pid),
    indexProgress: (pid) => indexProgress(client, pid),
  };
}
