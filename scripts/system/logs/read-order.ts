import { type LogEntry, mergedByTime, toEntries } from './log-entry';
import { type LinesOfOrder } from './lines-of-order';
import { type LogRange } from './read-log';
import { scanLog } from './scan-log';

export interface NamedLog {
  readonly name: string;
  readonly file: string;
}

export interface OrderEntries {
  readonly entries: readonly LogEntry[];
  readonly found: number;
  readonly recent: number;
  readonly ends: readonly number[];
}

/**
 * The lines of an order in several logs, by time; of a log that was begun anew also those of the one before. First the ids are learnt by
 * which it can be followed, because a request's own line comes last.
 * @returns the entries, of which `tail` counts the last ones of all; how many there are at all, and how many since `since`; the position in
 * each file behind its last line
 */
export function readOrder(
  logs: readonly NamedLog[],
  order: LinesOfOrder,
  { tail, since }: LogRange,
): OrderEntries {
  const files = logs.flatMap(({ file }) => [`${file}.1`, file]);
  for (const file of files) scanLog(file, () => [order.orderId], order.learn);
  const entries: LogEntry[] = [];
  const ends = logs.map(({ name, file }) => {
    const take = (line: string): void => {
      if (order.isOne(line)) entries.push(...toEntries(name, [line], 0));
    };
    scanLog(`${file}.1`, order.needles, take);
    return scanLog(file, order.needles, take);
  });
  const recent = mergedByTime(entries).filter(({ time }) => since === null || time >= since);
  const shown = tail === null ? recent : recent.slice(Math.max(0, recent.length - tail));
  return { entries: shown, found: entries.length, recent: recent.length, ends };
}
