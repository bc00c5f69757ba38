import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Breach } from './history';

const DEADLOCK = 'ERROR:  deadlock detected';
/** The processes, what they wait for, and their statements are on the lines that follow. */
const LINES = 12;

/** Transactions that waited for each other: all of them must lock in the same order. */
export const deadlocks = (folder: string): Breach[] =>
  deadlocksIn(readFileSync(join(folder, 'logs', 'postgres.log'), 'utf8')).map((what) => ({
    invariant: 'no transactions wait for each other',
    what,
    key: null,
  }));

/** The deadlocks in a log of PostgreSQL, with their details. */
export function deadlocksIn(log: string): string[] {
  const lines = log.split('\n');
  return lines.flatMap((line, index) =>
    line.includes(DEADLOCK) ? [lines.slice(index, index + LINES).join('\n')] : [],
  );
}
