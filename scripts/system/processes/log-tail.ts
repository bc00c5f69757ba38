import { existsSync, readFileSync } from 'node:fs';

/** The last `count` lines of a log, without the blank ones; empty if there is no log. */
export function logTail(file: string, count: number): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
}
