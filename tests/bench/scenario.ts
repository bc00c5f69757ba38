import { type BenchOptions } from './options';
import { type Measurement } from './measurement';
import { type Stack } from './stack';

export interface ScenarioContext {
  stack: Stack;
  options: BenchOptions;
  /** Gets a line now and then. */
  say: (line: string) => void;
}

/** One run of a scenario, on services of its own. */
export type Scenario = (context: ScenarioContext) => Promise<Measurement[]>;
