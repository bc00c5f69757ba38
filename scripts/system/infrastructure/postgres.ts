import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../operator-error';
import { processFacts } from '../processes/process-facts';
import { runToEnd } from '../processes/run-to-end';
import { type OnSpawn, startDetached } from '../processes/start-detached';
import { stopProcess } from '../processes/stop-process';
import {
  makeOwnFolder,
  type PostgresFolders,
  preparePostgresFolders,
  unfinishedData,
} from './postgres-folders';

export interface PostgresOptions {
  /** The data is in its folder `postgres/`. */
  readonly stateFolder: string;
  readonly port: number;
  readonly logFile: string;
  readonly onSpawn?: OnSpawn;
  /** Additional server settings, such as `{ fsync: 'off' }` for temporary data. */
  readonly settings?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 15_000;
const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * Starts a PostgreSQL server on the loopback address, in the background, and creates its data folder if there is none. Every user of this
 * machine may log in as `postgres` without a password.
 */
export async function startPostgres(options: PostgresOptions): Promise<{ pid: number }> {
  const folders = preparePostgresFolders(options.stateFolder);
  if (!existsSync(join(folders.data, 'PG_VERSION'))) await createCluster(folders, options);
  await clearStaleLock(folders.data);
  return startDetached({
    name: 'PostgreSQL',
    command: join(folders.programs, 'postgres'),
    args: ['-D', folders.data, ...serverSettings(options)],
    logFile: options.logFile,
    env: SERVER_ENVIRONMENT,
    cwd: '/',
    account: folders.account,
    isReady: (pid) => acceptsConnections(folders.data, pid),
    readyWithinMs: READY_WITHIN_MS,
    onSpawn: options.onSpawn,
  });
}

/** Stops the server with a fast shutdown: open transactions are rolled back, data is flushed. */
export async function stopPostgres(pid: number): Promise<'stopped' | 'killed'> {
  return stopProcess(pid, 'SIGINT', STOPS_WITHIN_MS);
}

/** Created in a temporary folder and then renamed, so that an interruption never leaves an incomplete cluster. */
async function createCluster(
  { programs, data, account }: PostgresFolders,
  options: PostgresOptions,
): Promise<void> {
  const unfinished = unfinishedData(data);
  rmSync(unfinished, { recursive: true, force: true });
  makeOwnFolder(unfinished, account);
  const args = ['-D', unfinished, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'];
  if (options.settings?.['fsync'] === 'off') args.push('--no-sync');
  const { exitCode, output } = await runToEnd(join(programs, 'initdb'), args, {
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    ...account,
  });
  if (exitCode !== 0) {
    throw new OperatorError(`PostgreSQL could not create its data in ${data}:`, output.trim().split('\n'));
  }
  rmSync(data, { recursive: true });
  renameSync(unfinished, data);
}

function serverSettings({ port, settings = {} }: PostgresOptions): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * After a crash the lock file may name a pid that was reused, and PostgreSQL would refuse to start. The child processes of a killed server
 * exit a moment later; until then the data is still in use.
 */
async function clearStaleLock(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  const pid = lockHolder(lock);
  if (pid === null) return;
  if (processFacts(pid)?.command.includes(data) === true) {
    throw new OperatorError(
      `PostgreSQL already runs on ${data} (pid ${String(pid)}): stop it, or set LOCAL_DIR.`,
    );
  }
  rmSync(lock, { force: true });
}

function lockHolder(lock: string): number | null {
  return existsSync(lock) ? Number(readFileSync(lock, 'utf8').split('\n')[0]) : null;
}

function acceptsConnections(data: string, pid: number): boolean {
  const lock = join(data, 'postmaster.pid');
  if (lockHolder(lock) !== pid) return false;
  return readFileSync(lock, 'utf8').split('\n')[7]?.trim() === 'ready';
}
