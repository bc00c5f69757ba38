import { writeFileSync } from 'node:fs';
import { type MochaOptions, reporters, Runner } from 'mocha';

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** Mocha's spec reporter that also leaves the counts in the file named by the reporter option `file`. */
class SpecAndCountsReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { file } = options.reporterOptions as { file: string };
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const counts: TestCounts = { passed: this.stats.passes, failed: this.stats.failures };
      writeFileSync(file, JSON.stringify(counts));
    });
  }
}

// Mocha loads a reporter as the module itself.
module.exports = SpecAndCountsReporter;
