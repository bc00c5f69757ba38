import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolder } from './make-folder';
import { processFacts } from './process-facts';

const schema = z.object({
  pid: z.int().positive(),
  startMark: z.string(),
  /** The command, such as "up". */
  command: z.string(),
  /** ISO 8601. */
  since: z.iso.datetime(),
  /** Unique for each acquisition of the lock. */
  token: z.uuid(),
});

/** The process that holds a lock. */
export type LockHolder = Readonly<z.infer<typeof schema>>;

const DAMAGED: LockHolder = { pid: 0, startMark: '', command: '', since: '', token: 'damaged' };

/**
 * Acquires a lock for this process. The lock of a process that has ended is stale and ignored.
 * @returns a function that releases the lock, or the process that holds it
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
 * Writes `written` as the lock if the lock is free or stale. A stale lock may be replaced only under a second lock, so that of two
 * processes that find it stale one cannot remove the lock that the other has just acquired.
 */
function takeOver(file: string, written: string, command: string): LockHolder | null {
  if (linked(written, file)) return null;
  const holder = readHolder(file);
  if (holder === null) return takeOver(file, written, command);
  if (isAlive(holder)) return holder;
  const replacing = takeLock(`${file}.stale-${holder.token}`, command);
  // A process that holds the second lock for a lock that was already replaced does not acquire it either.
  if (typeof replacing !== 'function')
    return readHolder(file)?.token === holder.token ? replacing : takeOver(file, written, command);
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

/** Creating a hard link is atomic and never replaces an existing file. */
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

/** null: it was released. A lock with damaged content counts as stale. */
function readHolder(file: string): LockHolder | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : DAMAGED;
  }
}

function giveBack(file: string, { token }: LockHolder): void {
  if (readHolder(file)?.token === token) rmSync(file, { force: true });
}
