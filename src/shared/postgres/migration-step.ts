import { setTimeout as delay } from 'node:timers/promises';
import { isLockTimeout } from './database-errors';
import { type MigrationLock } from './migration-lock';
import { type MigrationOptions } from './migration-options';
import { type Reporter, reporter, secondsSince } from './migration-report';

/** A run of the migrations, while it holds the lock between migrators. */
export interface MigrationRun {
  readonly lock: MigrationLock;
  readonly options: MigrationOptions;
  /** The schema that holds the tables. */
  readonly schema: string;
}

/**
 * One try of a step.
 *
 * @param sentBy call it with the server process that runs the statements, before they are sent; null when it is unknown.
 */
export type Attempt<T> = (sentBy: (pid: number | null) => void) => Promise<T>;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Runs a step that gives up after the lock timeout, and repeats it after a growing pause, in which the statements that waited behind it
 * are executed. A deadlock is handled alike.
 *
 * @param name of the migration, for the lines that report the step.
 * @throws Error that names the sessions that hold the locks, when `lockWaitMs` has passed.
 */
export async function runStep<T>(run: MigrationRun, name: string, attempt: Attempt<T>): Promise<T> {
  const { lockWaitMs } = run.options;
  const startedAt = Date.now();
  const report = reporter(run.options);
  let holders = '';
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const watch = watchStatement(run, name, report);
    try {
      return await watched(run, watch, attempt);
    } catch (error) {
      if (!isLockConflict(error)) throw error;
      holders = watch.holders() || holders;
      if (Date.now() - startedAt >= lockWaitMs)
        throw lockNotReceived(secondsSince(startedAt), holders, error);
    }
    report((seconds) => `${name} is waiting for a lock, ${seconds} s so far${heldBy(holders)}`);
    await delay(Math.min(pauseMs, lockWaitMs) * (0.5 + Math.random()));
  }
}

/** Runs a step that waits as long as it must, because it blocks no other session while it waits. */
export async function runOnce<T>(run: MigrationRun, name: string, attempt: Attempt<T>): Promise<T> {
  return watched(run, watchStatement(run, name, reporter(run.options)), attempt);
}

async function watched<T>(run: MigrationRun, watch: StatementWatch, attempt: Attempt<T>): Promise<T> {
  try {
    await run.lock.requireHeld();
    return await attempt(watch.start);
  } finally {
    await watch.stop();
  }
}

interface StatementWatch {
  start: (pid: number | null) => void;
  /** The sessions that the statement was last seen to wait for. */
  holders: () => string;
  stop: () => Promise<void>;
}

/** Asks, on the connection that holds the lock, what a running statement waits for. This also keeps that connection in use. */
function watchStatement({ lock, options }: MigrationRun, name: string, report: Reporter): StatementWatch {
  const stopping = new AbortController();
  let holders = '';
  let watching: Promise<void> = Promise.resolve();

  async function watch(pid: number | null): Promise<void> {
    // The blocking sessions are read before the lock timeout: after it, the statement no longer waits for them.
    await delay(options.lockTimeoutMs / 2, undefined, { signal: stopping.signal });
    holders = await lock.sessionsBlocking(pid ?? 0);
    for (;;) {
      await delay(options.reportEveryMs, undefined, { signal: stopping.signal });
      const present = await lock.sessionsBlocking(pid ?? 0);
      const progress = await lock.indexProgress(pid ?? 0);
      holders = present || holders;
      const details = [progress, present && `waiting for ${present}`].filter(Boolean).join('; ');
      if (!stopping.signal.aborted)
        report((seconds) => `${name} has been running for ${seconds} s${details && `: ${details}`}`);
    }
  }

  return {
    start(pid) {
      watching = watch(pid).catch(() => undefined);
    },
    holders: () => holders,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** SQLSTATE 40P01: deadlock detected. */
const isLockConflict = (error: unknown): boolean =>
  isLockTimeout(error) || (error as { code?: string }).code === '40P01';

const heldBy = (holders: string): string => (holders === '' ? '' : `; the lock is held by ${holders}`);

const lockNotReceived = (seconds: number, holders: string, cause: unknown): Error =>
  new Error(
    `it waited ${seconds} s for a lock and was rolled back${heldBy(holders)}: ` +
      'end the transactions that hold the lock, then run the migration again',
    { cause },
  );
