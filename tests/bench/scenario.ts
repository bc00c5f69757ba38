import { type BenchOptions } from './options';
import { type Measurement } from './measurement';
import { type Stack } from './stack';

export interface ScenarioContext {
  stack: Stack;
  options: BenchOptions;
  /** Receives progress lines. */
  say: (line: string) => void;
}

/** One run of a scenario, with its own services. */
export type Scenario = (context: ScenarioContext) => Promise<Measurement[]>;
