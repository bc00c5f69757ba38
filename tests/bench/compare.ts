import { type Figure, type Measurement } from './measurement';
import { textOf } from './table';

export interface Change {
  measurement: string;
  figure: string;
  before: Figure;
  after: Figure;
  /** Of the value before; infinite when that was 0. */
  percent: number;
  isWorse: boolean;
}

/** Differences that mean nothing, however large they are beside a small value. */
const NEGLIGIBLE: Readonly<Record<string, number>> = { ms: 0.5, s: 0.1, MB: 5, 'MB/min': 0.5, '/min': 5 };

/**
 * How the figures changed that both have and that can be better or worse. Worse is one that moved in the wrong direction by more
 * than `tolerance` per cent.
 */
export function compare(
  before: readonly Measurement[],
  after: readonly Measurement[],
  tolerance: number,
): Change[] {
  return after.flatMap(({ name, figures }) => {
    const earlier = before.find((one) => one.name === name)?.figures ?? {};
    return Object.entries(figures).flatMap(([figure, now]) => {
      const then = earlier[figure];
      return then && now.better
        ? [changeOf({ measurement: name, figure, before: then, after: now }, tolerance)]
        : [];
    });
  });
}

function changeOf(change: Omit<Change, 'percent' | 'isWorse'>, tolerance: number): Change {
  const { before, after } = change;
  const difference = after.value - before.value;
  const percent = difference === 0 ? 0 : (difference / Math.abs(before.value)) * 100;
  const harm = after.better === 'lower' ? percent : -percent;
  const isNegligible = Math.abs(difference) <= (NEGLIGIBLE[after.unit] ?? 0);
  return { ...change, percent, isWorse: harm > tolerance && !isNegligible };
}

/** The changes as a table, those past the tolerance marked. */
export function changesTable(changes: readonly Change[]): string {
  return changes
    .map(({ measurement, figure, before, after, percent, isWorse }) =>
      [
        `${measurement}: ${figure}`.padEnd(64),
        textOf(before).padStart(16),
        textOf(after).padStart(16),
        signed(percent).padStart(10),
        isWorse ? '  WORSE' : '',
      ].join(''),
    )
    .join('\n');
}

const signed = (percent: number): string => `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
