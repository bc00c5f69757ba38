import { buildIfNeeded } from '../../scripts/system/preparation/build';
import { readSettings } from '../../scripts/system/settings';
import { PROJECT } from '../support/production-stack/instance';
import { type Measurement } from './measurement';
import { type BenchOptions } from './options';
import { RUN_ONCE } from './scenario-names';
import { SCENARIOS } from './scenarios/scenarios';
import { startStack } from './stack';

export interface BenchResult {
  options: BenchOptions;
  /** What each run of all scenarios found, run after run. */
  runs: Measurement[][];
}

/** Runs the scenarios, one after the other, as often as asked for. `say` gets a line now and then. */
export async function runBench(options: BenchOptions, say: (line: string) => void): Promise<BenchResult> {
  await buildIfNeeded(readSettings(PROJECT));
  const stack = await startStack(options);
  const runs: Measurement[][] = [];
  let isFinished = false;
  try {
    for (let run = 1; run <= options.runs; run += 1) {
      const measurements: Measurement[] = [];
      for (const name of options.scenarios) {
        if (run > 1 && RUN_ONCE.includes(name)) continue;
        say(`${name}, run ${String(run)} of ${String(options.runs)}`);
        measurements.push(...(await SCENARIOS[name]({ stack, options, say })));
      }
      runs.push(measurements);
    }
    isFinished = true;
    return { options, runs };
  } finally {
    await stack.stop(options.keep || !isFinished);
  }
}
