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
  /** The data is kept in `postgres/` below it. */
  readonly stateFolder: string;
  readonly port: number;
  readonly logFile: string;
  readonly onSpawn?: OnSpawn;
  /** Server settings in addition to ours, such as `{ fsync: 'off' }` for data that nobody will miss. */
  readonly settings?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 15_000;
const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * Starts a PostgreSQL server of our own on the loopback address, in the background, and makes its data first if there
 * is none. Everybody on this machine may log in as `postgres` without a password.
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

/** Ends the server in good order: open transactions are rolled back, everything is written out. */
export async function stopPostgres(pid: number): Promise<'stopped' | 'killed'> {
  return stopProcess(pid, 'SIGINT', STOPS_WITHIN_MS);
}

/** Beside its place and then moved there: whatever ends us in the middle must not leave half a cluster behind. */
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
 * After a crash the lock file names a pid that may be somebody else's by now, and PostgreSQL would refuse to start. The
 * children of a killed server leave on their own, a moment later; until then the data is still in use.
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
