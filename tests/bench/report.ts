import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PROJECT } from '../support/production-stack/instance';
import { gitCommit } from '../support/git-commit';
import { type Measurement } from './measurement';
import { mediansOf } from './medians';
import { type BenchOptions } from './options';
import { ratiosOf, type Ratio } from './ratios';

const figure = z.object({
  value: z
    .number()
    .nullable()
    .transform((value) => value ?? Number.NaN),
  unit: z.string(),
  better: z.enum(['higher', 'lower']).nullable(),
});

const measurement = z.object({
  name: z.string(),
  figures: z.record(z.string(), figure),
  processes: z.array(z.object({ name: z.string(), cpuSeconds: z.number(), peakMemoryBytes: z.number() })),
  notes: z.array(z.string()),
});

/** The parts of a report that a later run compares with. */
const keptReport = z.object({
  commit: z.string().nullable(),
  date: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number() }),
  medians: z.array(measurement),
});

export type KeptReport = Omit<z.output<typeof keptReport>, 'medians'> & { medians: readonly Measurement[] };

export interface Report extends KeptReport {
  versions: { node: string; postgres: string };
  options: BenchOptions;
  /** The measurements of each run; `medians` is computed from these. */
  runs: Measurement[][];
  /** The commit that ran alternately with this tree, if any. */
  against: { commit: string; medians: Measurement[]; runs: Measurement[][]; ratios: Ratio[] } | null;
}

export function reportOf(
  options: BenchOptions,
  postgres: string,
  { present: runs, against }: { present: Measurement[][]; against: Measurement[][] },
): Report {
  const { against: commit } = options;
  return {
    commit: gitCommit(),
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length },
    versions: { node: process.version, postgres },
    options,
    medians: mediansOf(runs),
    runs,
    against:
      commit === null
        ? null
        : { commit, medians: mediansOf(against), runs: against, ratios: ratiosOf(against, runs) },
  };
}

/** Writes the report and its chart to `.local/bench` and returns their paths. */
export function writeReport(report: Report, chart: string): { json: string; svg: string } {
  const folder = join(PROJECT, '.local', 'bench');
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, report.date.slice(0, 19).replaceAll(':', '-'));
  const paths = { json: `${stem}.json`, svg: `${stem}.svg` };
  writeFileSync(paths.json, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(paths.svg, chart);
  return paths;
}

/** @throws Error with one line when the file is not a report */
export function readReport(file: string): KeptReport {
  try {
    return keptReport.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError ? 'it is not a report of npm run bench' : (error as Error).message;
    throw new Error(`--compare cannot read ${file}: ${why}`, { cause: error });
  }
}
