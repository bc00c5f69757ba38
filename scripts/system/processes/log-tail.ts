import { existsSync, readFileSync, statSync } from 'node:fs';
import { readableLine } from '../logs/readable-line';

/** How long a log is by now, in bytes: what comes later belongs to a later run. */
export function logLength(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last `count` lines, in readable form and without blank ones, of what a log got since it had the given length. */
export function logTail(file: string, count: number, since: number): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file)
    .subarray(since)
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .map((line) => readableLine(line));
}
