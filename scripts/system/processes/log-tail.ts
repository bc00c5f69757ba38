import { existsSync, readFileSync, statSync } from 'node:fs';
import { readableLine } from '../logs/readable-line';

/** The current length of a log in bytes; later bytes belong to a later run. */
export function logLength(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last `count` non-blank lines, formatted, that were added to a log after the given length. */
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
