import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { OperatorError } from '../operator-error';
import { type LogEntry, timeOfLine, toEntries } from './log-entry';

export interface LogRange {
  /** Maximum number of lines, counted from the end; null: all. */
  readonly tail: number | null;
  /** Only lines at or after this time, in milliseconds since 1970. */
  readonly since: number | null;
}

export interface ReadLog {
  readonly entries: LogEntry[];
  /** The position in the file after the last entry. */
  readonly end: number;
  /** Whether only a part of the log was read, so that earlier entries may be missing. */
  readonly isCut: boolean;
}

const FIRST_READ_BYTES = 64 * 1024;
/** Limits the memory for one log. */
export const LONGEST_READ_BYTES = 256 * 1024 * 1024;

/** Like readLog, including the previous file of a rotated log. */
export function readLogs(component: string, file: string, range: LogRange): ReadLog {
  const { entries, end, isCut } = readLog(component, file, range);
  if (isCut || (range.tail !== null && entries.length >= range.tail)) return { entries, end, isCut };
  const tail = range.tail === null ? null : range.tail - entries.length;
  const before = readLog(component, `${file}.1`, { ...range, tail });
  return { entries: before.entries.concat(entries), end, isCut: before.isCut };
}

/**
 * The requested number of whole lines from the end of a log. Long logs are read backwards.
 * @param longestBytes maximum number of bytes to read
 */
export function readLog(
  component: string,
  file: string,
  range: LogRange,
  longestBytes = LONGEST_READ_BYTES,
): ReadLog {
  const descriptor = openExisting(file);
  if (descriptor === null) return { entries: [], end: 0, isCut: false };
  try {
    const { size, mtimeMs } = fstatSync(descriptor);
    for (let bytes = FIRST_READ_BYTES; ; bytes *= 8) {
      const start = Math.max(0, size - Math.min(bytes, longestBytes));
      const { lines, end } = wholeLines(descriptor, start, size);
      const isCut = start > 0 && !isEnough(lines, range);
      if (isCut && bytes < longestBytes) continue;
      const known = lines.some((line) => timeOfLine(line) !== null);
      return { entries: within(toEntries(component, lines, known ? 0 : mtimeMs), range), end, isCut };
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Null when there is no such file. */
export function openExisting(file: string): number | null {
  try {
    const descriptor = openSync(file, 'r');
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  throw new OperatorError(`${file} is not a file: move it away; the next start creates a new log.`);
}

/** The complete lines between two positions; an unfinished last line is left for the next read. */
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
