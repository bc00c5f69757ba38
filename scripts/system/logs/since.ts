import { UsageError } from '../operator-error';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Parses `--since`: a duration before now (`30s`, `5m`, `2h30m`, `1d`), or an ISO 8601 date or time.
 * @returns milliseconds since 1970
 * @throws UsageError for anything else
 */
export function readSince(text: string, now: number): number {
  if (/^(\d+[smhd])+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smhd])/g)];
    return parts.reduce((moment, [, count, unit = '']) => moment - Number(count) * (UNIT_MS[unit] ?? 0), now);
  }
  const moment = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(moment))
    throw new UsageError(
      `--since takes a time such as 30s, 5m, 2h, 1d or 2026-01-31T12:00:00Z, not "${text}".`,
    );
  return moment;
}

/**
 * Parses `--tail`: a number of lines; null for `all`.
 * @throws UsageError for anything else
 */
export function readTail(text: string): number | null {
  if (text === 'all') return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--tail takes a number of lines or all, not "${text}".`);
}
