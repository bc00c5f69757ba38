import { type ProcessUsage } from './process-usage';

/** One number; `better` says which way an improvement goes, null that neither way is one. */
export interface Figure {
  value: number;
  unit: string;
  better: 'higher' | 'lower' | null;
}

/** What was found about one thing: its figures by name, and what it took. */
export interface Measurement {
  /** For people and for comparison: `create at 32 connections`. */
  name: string;
  figures: Readonly<Record<string, Figure>>;
  processes: readonly ProcessUsage[];
  /** What a reader must know beside the figures. */
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

/** How much of the floor is reached, 1 being all of it. */
export const ratio = (value: number): Figure => ({ value, unit: SHARE, better: 'higher' });

/** A rate's floor and its share of that. */
export const besideFloor = (
  rate: number,
  floor: number,
  unit: string,
): Record<'floor' | 'ratio', Figure> => ({
  floor: { ...perSecond(floor, unit), better: null },
  ratio: ratio(rate / floor),
});

/** The CPU time of these processes for one operation. */
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

/** By nearest rank; NaN of nothing. */
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
