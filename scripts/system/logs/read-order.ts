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
 * The lines of an order in several logs, including rotated ones, sorted by time. A first pass collects the correlation ids, because the line
 * of a request is written after the others.
 * @returns the last `tail` entries over all logs; how many lines there are in total, and since `since`; the position after the last line of
 * each file
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
