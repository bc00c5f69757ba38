import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { installedPostgres } from './installed-postgres';
import { type Account, canReach, postgresAccount } from './postgres-account';

const OUTSIDE = '/var/lib/order-processing-system';

export interface PostgresFolders {
  readonly account: Account | undefined;
  /** The folder with initdb and postgres. */
  readonly programs: string;
  readonly data: string;
}

/**
 * Finds the server's programs and creates its data folder where the server's account can reach both. If a parent folder is closed to that
 * account (/root, a temporary folder of mode 700), the programs are copied to and the data kept under /var/lib, with a link in the state
 * folder.
 */
export function preparePostgresFolders(stateFolder: string): PostgresFolders {
  mkdirSync(stateFolder, { recursive: true });
  const account = postgresAccount(join(stateFolder, 'postgres'));
  return {
    account,
    programs: reachablePrograms(stateFolder, account),
    data: reachableData(stateFolder, account),
  };
}

/** Removes the data of the server, including files outside of the state folder. The server must be down. */
export function removePostgresFolders(stateFolder: string): void {
  const inside = join(stateFolder, 'postgres');
  for (const folder of [inside, unfinishedData(inside)]) rmSync(folder, { recursive: true, force: true });
  rmSync(outsideFolder(stateFolder), { recursive: true, force: true });
  if (existsSync(OUTSIDE) && readdirSync(OUTSIDE).length === 0) rmdirSync(OUTSIDE);
}

/** The temporary folder in which new data is created. */
export function unfinishedData(data: string): string {
  return `${data}.unfinished`;
}

function outsideFolder(stateFolder: string): string {
  return join(OUTSIDE, createHash('sha256').update(resolve(stateFolder)).digest('hex').slice(0, 16));
}

function makeOutsideFolder(stateFolder: string): string {
  const folder = outsideFolder(stateFolder);
  mkdirSync(folder, { recursive: true });
  for (const open of [OUTSIDE, folder]) chmodSync(open, 0o755);
  return folder;
}

function reachablePrograms(stateFolder: string, account: Account | undefined): string {
  const { native, version } = installedPostgres();
  if (canReach(account, join(native, 'bin', 'postgres'))) return join(native, 'bin');
  const copy = join(makeOutsideFolder(stateFolder), `programs-${version}`);
  if (!existsSync(copy)) {
    cpSync(native, `${copy}.unfinished`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${copy}.unfinished`, copy);
  }
  return join(copy, 'bin');
}

function reachableData(stateFolder: string, account: Account | undefined): string {
  const inside = join(stateFolder, 'postgres');
  if (existsSync(inside)) return realpathSync(inside);
  if (canReach(account, resolve(stateFolder))) return makeOwnFolder(inside, account);
  const outside = makeOwnFolder(join(makeOutsideFolder(stateFolder), 'data'), account);
  rmSync(inside, { force: true });
  symlinkSync(outside, inside);
  return outside;
}

/** Creates a folder that only the server's account may enter. */
export function makeOwnFolder(folder: string, account: Account | undefined): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  return folder;
}
