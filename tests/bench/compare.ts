import { SHARE, type Figure, type Measurement } from './measurement';
import { textOf } from './table';

export interface Change {
  measurement: string;
  figure: string;
  before: Figure;
  after: Figure;
  /** Relative to the value before; infinite when that was 0. */
  percent: number;
  isWorse: boolean;
}

/** Absolute differences that are ignored, even if they are large relative to a small value. */
const NEGLIGIBLE: Readonly<Record<string, number>> = { ms: 0.5, s: 0.1, MB: 5, 'MB/min': 0.5, '/min': 5 };

/**
 * The changes of the figures that both reports have and that have a direction. A figure is worse if it moved in the wrong direction by more
 * than `tolerance` per cent. If it has a floor, both the figure and its share of the floor must be worse: neither a slower machine nor a
 * faster floor counts.
 */
export function compare(
  before: readonly Measurement[],
  after: readonly Measurement[],
  tolerance: number,
): Change[] {
  return after.flatMap(({ name, figures }) => {
    const earlier = before.find((one) => one.name === name)?.figures ?? {};
    const speed = (figures['floor']?.value ?? 1) / (earlier['floor']?.value ?? 1);
    return Object.entries(figures).flatMap(([figure, now]) => {
      const then = earlier[figure];
      if (!then || !now.better) return [];
      const values = [now.value, atSpeedBefore(now, speed)];
      const isWorse = values.every((value) => isWorseThan(then, { ...now, value }, tolerance));
      return [{ measurement: name, figure, before: then, after: now, percent: changeOf(then, now), isWorse }];
    });
  });
}

/** The figure scaled to the earlier floor; a share of the floor becomes a share of the earlier floor. */
function atSpeedBefore({ value, unit }: Figure, speed: number): number {
  if (unit.endsWith('/s')) return value / speed;
  return unit === 'ms' || unit === SHARE ? value * speed : value;
}

function isWorseThan(before: Figure, after: Figure, tolerance: number): boolean {
  const isNegligible = Math.abs(after.value - before.value) <= (NEGLIGIBLE[after.unit] ?? 0);
  const harm = after.better === 'lower' ? changeOf(before, after) : -changeOf(before, after);
  return harm > tolerance && !isNegligible;
}

/** In per cent of the earlier value; infinite when that was 0. */
function changeOf(before: Figure, after: Figure): number {
  const difference = after.value - before.value;
  return difference === 0 ? 0 : (difference / Math.abs(before.value)) * 100;
}

/** The changes as a table; those beyond the tolerance are marked. */
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
