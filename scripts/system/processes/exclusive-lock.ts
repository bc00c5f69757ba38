import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolder } from './make-folder';
import { processFacts } from './process-facts';

const schema = z.object({
  pid: z.int().positive(),
  startMark: z.string(),
  /** What it does, such as "up". */
  command: z.string(),
  /** ISO 8601. */
  since: z.iso.datetime(),
  /** Different for every time that the lock is taken. */
  token: z.uuid(),
});

/** Who holds a lock. */
export type LockHolder = Readonly<z.infer<typeof schema>>;

const DAMAGED: LockHolder = { pid: 0, startMark: '', command: '', since: '', token: 'damaged' };

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
  // Who is replacing a lock that was replaced meanwhile will not get it either.
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
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : DAMAGED;
  }
}

function giveBack(file: string, { token }: LockHolder): void {
  if (readHolder(file)?.token === token) rmSync(file, { force: true });
}
