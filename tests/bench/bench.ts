import { buildIfNeeded } from '../../scripts/system/preparation/build';
import { readSettings } from '../../scripts/system/settings';
import { PROJECT } from '../support/production-stack/instance';
import { type Measurement } from './measurement';
import { type BenchOptions } from './options';
import { reportOf, type Report } from './report';
import { type ScenarioContext } from './scenario';
import { RUN_ONCE } from './scenario-names';
import { SCENARIOS } from './scenarios/scenarios';
import { startStack } from './stack';

/** Runs the scenarios sequentially, `runs` times each. `say` receives progress lines. */
export async function runBench(options: BenchOptions, say: (line: string) => void): Promise<Report> {
  await buildIfNeeded(readSettings(PROJECT));
  const stack = await startStack(options);
  let isFinished = false;
  try {
    const runs = await runAll({ stack, options, say });
    isFinished = true;
    return reportOf(options, stack.postgresVersion, runs);
  } finally {
    const keepsFolder = options.keep || !isFinished;
    await stack.stop(keepsFolder);
    if (keepsFolder) say(`logs are kept in ${stack.folder}/logs`);
  }
}

async function runAll(context: ScenarioContext): Promise<Measurement[][]> {
  const { options, say } = context;
  const runs: Measurement[][] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    const measurements: Measurement[] = [];
    for (const name of options.scenarios) {
      if (run > 1 && RUN_ONCE.includes(name)) continue;
      say(`${name}, run ${String(run)} of ${String(RUN_ONCE.includes(name) ? 1 : options.runs)}`);
      measurements.push(...(await SCENARIOS[name](context)));
    }
    runs.push(measurements);
  }
  return runs;
}
