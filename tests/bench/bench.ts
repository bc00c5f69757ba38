import { buildIfNeeded } from '../../scripts/system/preparation/build';
import { readSettings } from '../../scripts/system/settings';
import { PROJECT } from '../support/production-stack/instance';
import { type Build, PRESENT_BUILD } from './builds/build';
import { buildCommit } from './builds/build-commit';
import { requireTaskset } from './core-pinning';
import { type Measurement } from './measurement';
import { type BenchOptions } from './options';
import { reportOf, type Report } from './report';
import { type Scenario } from './scenario';
import { RUN_ONCE, type ScenarioName } from './scenario-names';
import { SCENARIOS } from './scenarios/scenarios';
import { startStacks, type Stack } from './stack';

type Say = (line: string) => void;

/** The measurements of one run, by build. */
type Run = Partial<Record<Build['id'], Measurement[]>>;

/** Runs the scenarios sequentially, `runs` times each, and of two builds alternately. `say` receives progress lines. */
export async function runBench(options: BenchOptions, say: Say): Promise<Report> {
  if (options.scenarios.includes('instances')) requireTaskset();
  await buildIfNeeded(readSettings(PROJECT));
  const { against } = options;
  const builds = against === null ? [PRESENT_BUILD] : [await buildCommit(against, say), PRESENT_BUILD];
  const { stacks, folder, postgresVersion, stop } = await startStacks(options, builds);
  let isFinished = false;
  try {
    const runs = await runAll(stacks, options, say);
    isFinished = true;
    return reportOf(options, postgresVersion, {
      present: runs.map(({ present = [] }) => present),
      against: runs.map((run) => run.against ?? []),
    });
  } finally {
    const keepsFolder = options.keep || !isFinished;
    await stop(keepsFolder);
    if (keepsFolder) say(`logs are kept in ${folder}/logs`);
  }
}

async function runAll(stacks: readonly Stack[], options: BenchOptions, say: Say): Promise<Run[]> {
  const runs: Run[] = [];
  for (let number = 1; number <= options.runs; number += 1) {
    const run: Run = {};
    for (const name of options.scenarios) {
      if (number > 1 && RUN_ONCE.includes(name)) continue;
      say(`${name}, run ${String(number)} of ${String(RUN_ONCE.includes(name) ? 1 : options.runs)}`);
      await runScenario(name, stacks, options, say, run);
    }
    runs.push(run);
  }
  return runs;
}

/** Every phase with one build after another. Adds the measurements to the run. */
async function runScenario(
  name: ScenarioName,
  stacks: readonly Stack[],
  options: BenchOptions,
  say: Say,
  run: Run,
): Promise<void> {
  const pipelineRates: number[] = [];
  for (const phase of phasesOf(name)) {
    for (const stack of stacks) {
      const { id } = stack.build;
      const sayOfBuild: Say = stacks.length === 1 ? say : (line) => say(`${id.padEnd(7)}  ${line}`);
      (run[id] ??= []).push(...(await phase({ stack, options, say: sayOfBuild, pipelineRates })));
    }
  }
}

function phasesOf(name: ScenarioName): readonly Scenario[] {
  const scenario = SCENARIOS[name];
  return typeof scenario === 'function' ? [scenario] : scenario;
}
