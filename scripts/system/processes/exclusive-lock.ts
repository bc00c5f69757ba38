import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder';
import { processFacts } from './process-facts';

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly startMark: string;
  /** What it does, such as "up". */
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
  /** Different for every time that the lock is taken. */
  readonly token: string;
}

/**
 * Takes a lock for this process. The lock of a process that has ended, however it ended, does not count.
 * @returns a function that gives it back, or the process that holds it
 */
export function takeLock(file: string, command: string): (() => void) | LockHolder {
  makeFolder(dirname(file));
  const mine = newHolder(command);
  const written = `${file}.${mine.token}`;
  writeFileSync(written, JSON.stringify(mine));
  try {
    const holder = takeOver(file, written, command);
    return holder ?? (() => giveBack(file, mine));
  } finally {
    rmSync(written, { force: true });
  }
}

/**
 * Puts `written` in the place of the lock if that is free or stale. Only who holds the lock of a stale lock may replace it, so that of
 * two that find it stale one cannot remove what the other has just taken.
 */
function takeOver(file: string, written: string, command: string): LockHolder | null {
  if (linked(written, file)) return null;
  const holder = readHolder(file);
  if (holder === null) return takeOver(file, written, command);
  if (isAlive(holder)) return holder;
  const replacing = takeLock(`${file}.stale-${holder.token}`, command);
  if (typeof replacing !== 'function') return replacing;
  try {
    if (readHolder(file)?.token !== holder.token) return takeOver(file, written, command);
    renameSync(written, file);
    return null;
  } finally {
    replacing();
  }
}

function newHolder(command: string): LockHolder {
  const startMark = processFacts(process.pid)?.startMark ?? '';
  const since = new Date().toISOString();
  return { pid: process.pid, startMark, command, since, token: randomUUID() };
}

/** A hard link appears whole or not at all, and never over another file. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive({ pid, startMark }: LockHolder): boolean {
  return processFacts(pid)?.startMark === startMark;
}

/** null: it was given back meanwhile. A lock whose content is damaged counts as stale. */
function readHolder(file: string): LockHolder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    return { pid: 0, startMark: '', command: '', since: '', token: 'damaged' };
  }
}

function giveBack(file: string, { token }: LockHolder): void {
  if (readHolder(file)?.token === token) rmSync(file, { force: true });
}
