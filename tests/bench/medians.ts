import { type Figure, type Measurement } from './measurement';

/** The median of each figure over the runs; process usage and notes are those of the last run. */
export function mediansOf(runs: readonly (readonly Measurement[])[]): Measurement[] {
  const last = new Map(runs.flat().map((measurement) => [measurement.name, measurement]));
  return [...last.values()].map((measurement) => {
    const all = runs.flat().filter(({ name }) => name === measurement.name);
    const figures = Object.entries(measurement.figures).map(([name, figure]): [string, Figure] => {
      const values = all.flatMap(({ figures: found }) => found[name]?.value ?? []);
      return [name, { ...figure, value: median(values) }];
    });
    return { ...measurement, figures: Object.fromEntries(figures) };
  });
}

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
