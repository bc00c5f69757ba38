import { type LoadResult } from './load';
import { besideFloor, latencyFigures, perSecond, type Figure, type Measurement } from './measurement';

interface Floor {
  perSecond: number;
  /** A description for the report. */
  what: string;
}

/** The figures of every load. */
export const loadFigures = (unit: string, result: LoadResult): Record<string, Figure> => ({
  throughput: perSecond(result.perSecond, unit),
  ...latencyFigures(result.latency),
  errors: { value: result.errors, unit: '', better: 'lower' },
});

/** Instead of a floor whose statements do not fit the schema of an older build. */
export const NO_FLOOR = 'no floor: its statements do not fit the schema of this build';

/** The measurement of a load, compared with its floor if there is one. */
export function comparedLoad(
  name: string,
  unit: string,
  result: LoadResult,
  floor: Floor | null,
): Measurement {
  const errors = Object.entries(result.kinds).map(([kind, count]) => `${kind} ×${String(count)}`);
  return {
    name,
    figures: {
      ...loadFigures(unit, result),
      ...(floor && besideFloor(result.perSecond, floor.perSecond, unit)),
    },
    processes: result.processes,
    notes: [
      floor ? `floor: ${floor.what}` : NO_FLOOR,
      ...(errors.length > 0 ? [`errors: ${errors.join(', ')}`] : []),
    ],
  };
}
