import { type Figure, type Measurement } from './measurement';
import { median } from './medians';
import { textOf } from './table';

/** A figure of this tree beside that of the commit that ran alternately with it. */
export interface Ratio {
  measurement: string;
  figure: string;
  against: Figure;
  present: Figure;
  /** The median of this tree to the median of the commit. */
  ratio: number;
  /** The ratio of each run. */
  ofRuns: number[];
}

type Runs = readonly (readonly Measurement[])[];

/** The ratios of all figures that both builds have, in the order of this tree's measurements. */
export function ratiosOf(against: Runs, present: Runs): Ratio[] {
  const names = new Set(present.flat().map(({ name }) => name));
  return [...names].flatMap((measurement) => {
    const figures = new Set(
      present.flat().flatMap((one) => (one.name === measurement ? Object.keys(one.figures) : [])),
    );
    return [...figures].flatMap((figure) => {
      const pairs = present.flatMap((run, index) => {
        const [now, then] = [run, against[index] ?? []].map((of) => figureOf(of, measurement, figure));
        return now && then ? [{ now, then }] : [];
      });
      return pairs.length === 0 ? [] : [{ measurement, figure, ...ratioOf(pairs) }];
    });
  });
}

const figureOf = (run: readonly Measurement[], measurement: string, figure: string): Figure | undefined =>
  run.find(({ name }) => name === measurement)?.figures[figure];

function ratioOf(pairs: readonly { now: Figure; then: Figure }[]): Omit<Ratio, 'measurement' | 'figure'> {
  const medianOf = (figures: readonly Figure[]): Figure => ({
    ...figures[0]!,
    value: median(figures.map(({ value }) => value)),
  });
  const against = medianOf(pairs.map(({ then }) => then));
  const present = medianOf(pairs.map(({ now }) => now));
  return {
    against,
    present,
    ratio: quotient(present, against),
    ofRuns: pairs.map(({ now, then }) => quotient(now, then)),
  };
}

/** Two zeros are equal. */
const quotient = (now: Figure, then: Figure): number =>
  now.value === then.value ? 1 : now.value / then.value;

/** Both medians and their ratio for each figure, and the lowest and highest ratio of a run. */
export function ratiosTable(ratios: readonly Ratio[]): string {
  return ratios
    .map(({ measurement, figure, against, present, ratio, ofRuns }) =>
      [
        `${measurement}: ${figure}`.padEnd(64),
        textOf(against).padStart(16),
        textOf(present).padStart(16),
        shown(ratio).padStart(10),
        ofRuns.length > 1 ? `  (${shown(Math.min(...ofRuns))} to ${shown(Math.max(...ofRuns))})` : '',
      ].join(''),
    )
    .join('\n');
}

const shown = (ratio: number): string => (Number.isNaN(ratio) ? '–' : ratio.toFixed(2));
