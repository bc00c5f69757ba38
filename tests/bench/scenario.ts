import { type BenchOptions } from './options';
import { type Measurement } from './measurement';
import { type Stack } from './stack';

export interface ScenarioContext {
  stack: Stack;
  options: BenchOptions;
  /** Receives progress lines. */
  say: (line: string) => void;
  /** The throughput of the pipeline in this run, of each build that was measured so far, in orders per second. */
  pipelineRates: number[];
}

/** One run of a scenario, with its own services. */
export type Scenario = (context: ScenarioContext) => Promise<Measurement[]>;

/** A scenario of several phases: a phase of every build runs before the next phase, which can use the results of all of them. */
export type PhasedScenario = readonly Scenario[];
