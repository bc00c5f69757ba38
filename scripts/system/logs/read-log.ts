import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type LogEntry, timeOfLine, toEntries } from './log-entry';

export interface LogRange {
  /** Lines at most, the last ones; null: all. */
  readonly tail: number | null;
  /** Only lines from then on, in milliseconds since 1970. */
  readonly since: number | null;
}

const FIRST_READ_BYTES = 64 * 1024;

/**
 * The end of a log: whole lines, as many as asked for. Long logs are read from their end.
 * @returns the entries, and the position in the file behind the last of them
 */
export function readLog(
  component: string,
  file: string,
  range: LogRange,
): { entries: LogEntry[]; end: number } {
  const descriptor = openExisting(file);
  if (descriptor === null) return { entries: [], end: 0 };
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    for (let bytes = FIRST_READ_BYTES; ; bytes *= 8) {
      const start = Math.max(0, size - bytes);
      const { lines, end } = wholeLines(descriptor, start, size);
      if (start > 0 && !isEnough(lines, range)) continue;
      const known = lines.some((line) => timeOfLine(line) !== null);
      return { entries: within(toEntries(component, lines, known ? 0 : mtimeMs), range), end };
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Null when there is no such file. */
export function openExisting(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The lines that begin and end between two positions; a line that is still being written is left for later. */
function wholeLines(descriptor: number, start: number, size: number): { lines: string[]; end: number } {
  const buffer = Buffer.alloc(size - start);
  const length = readSync(descriptor, buffer, 0, buffer.length, start);
  const last = buffer.lastIndexOf('\n', length - 1);
  const first = start === 0 ? 0 : buffer.indexOf('\n') + 1;
  if (last < first) return { lines: [], end: start === 0 ? 0 : size };
  return { lines: buffer.toString('utf8', first, last).split('\n'), end: start + last + 1 };
}

function isEnough(lines: readonly string[], { tail, since }: LogRange): boolean {
  if (tail !== null && lines.length >= tail) return true;
  if (since === null) return false;
  const first = lines.map(timeOfLine).find((time) => time !== null);
  return first != null && first < since;
}

function within(entries: readonly LogEntry[], { tail, since }: LogRange): LogEntry[] {
  const recent = since === null ? entries : entries.filter(({ time }) => time >= since);
  return tail === null ? [...recent] : recent.slice(Math.max(0, recent.length - tail));
}
