import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Milliseconds that test files took at their last run. */
export type Durations = Readonly<Record<string, number>>;

/** The assumed duration of a file that has not run yet, by its path. */
const ASSUMED_MS: readonly [RegExp, number][] = [
  [/\/faults\//, 60_000],
  [/\.e2e\.test\.ts$/, 20_000],
  [/\.int\.test\.ts$/, 4_000],
  [/$/, 1_000],
];

/**
 * Distributes test files over lanes that run side by side: the longest first, each to the lane that would end first.
 *
 * @returns the files of each lane, in the order in which they run.
 */
export function planLanes(files: readonly string[], durations: Durations, count: number): string[][] {
  const lanes = Array.from({ length: count }, () => ({ files: [] as string[], ms: 0 }));
  const lengths = files.map((file) => ({ file, ms: durations[file] ?? assumedMs(file) }));
  for (const { file, ms } of lengths.sort((a, b) => b.ms - a.ms)) {
    const lane = lanes.reduce((shortest, each) => (each.ms < shortest.ms ? each : shortest));
    lane.files.push(file);
    lane.ms += ms;
  }
  return lanes.map((lane) => lane.files);
}

function assumedMs(file: string): number {
  return ASSUMED_MS.find(([pattern]) => pattern.test(file))?.[1] ?? 0;
}

/** The durations of the last runs in this checkout; none on a fresh one. */
export function readDurations(projectFolder: string): Durations {
  try {
    return JSON.parse(readFileSync(durationsFile(projectFolder), 'utf8')) as Durations;
  } catch {
    return {};
  }
}

export function writeDurations(projectFolder: string, durations: Durations): void {
  const file = durationsFile(projectFolder);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...readDurations(projectFolder), ...durations }));
}

function durationsFile(projectFolder: string): string {
  return join(projectFolder, 'node_modules', '.cache', 'test-durations.json');
}
