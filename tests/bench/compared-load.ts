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

/** The measurement of a load, compared with its floor. */
export function comparedLoad(name: string, unit: string, result: LoadResult, floor: Floor): Measurement {
  const errors = Object.entries(result.kinds).map(([kind, count]) => `${kind} ×${String(count)}`);
  return {
    name,
    figures: {
      ...loadFigures(unit, result),
      ...besideFloor(result.perSecond, floor.perSecond, unit),
    },
    processes: result.processes,
    notes: [`floor: ${floor.what}`, ...(errors.length > 0 ? [`errors: ${errors.join(', ')}`] : [])],
  };
}
