import { type ProcessUsage } from './process-usage';

/** One number; `better` is the direction of an improvement, null if there is none. */
export interface Figure {
  value: number;
  unit: string;
  better: 'higher' | 'lower' | null;
}

/** The result of one measurement: figures by name, and the usage of the processes. */
export interface Measurement {
  /** Identifies the measurement in reports and comparisons: `create at 32 connections`. */
  name: string;
  figures: Readonly<Record<string, Figure>>;
  processes: readonly ProcessUsage[];
  /** Remarks for the reader. */
  notes: readonly string[];
}

export const perSecond = (value: number, unit: string): Figure => ({
  value,
  unit: `${unit}/s`,
  better: 'higher',
});

export const milliseconds = (value: number): Figure => ({ value, unit: 'ms', better: 'lower' });

/** The unit of a share of the floor. */
export const SHARE = 'of floor';

/** The share of the floor; 1 is all of it. */
export const ratio = (value: number): Figure => ({ value, unit: SHARE, better: 'higher' });

/** The floor of a rate and the rate's share of it. */
export const besideFloor = (
  rate: number,
  floor: number,
  unit: string,
): Record<'floor' | 'ratio', Figure> => ({
  floor: { ...perSecond(floor, unit), better: null },
  ratio: ratio(rate / floor),
});

/** The CPU time of these processes per operation. */
export function cpuFigure(
  processes: readonly ProcessUsage[],
  names: readonly string[],
  count: number,
): Figure {
  const taken = processes.filter(({ name }) => names.includes(name));
  return milliseconds((taken.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) * 1_000) / count);
}

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Percentiles by nearest rank; NaN for an empty list. */
export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** The percentiles as figures, in milliseconds. */
export function latencyFigures({ p50, p95, p99 }: Percentiles, prefix = ''): Record<string, Figure> {
  return {
    [`${prefix}p50`]: milliseconds(p50),
    [`${prefix}p95`]: milliseconds(p95),
    [`${prefix}p99`]: milliseconds(p99),
  };
}
