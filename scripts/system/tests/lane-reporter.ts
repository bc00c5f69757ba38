import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { format } from 'node:util';
import { type MochaOptions, reporters, Runner, type Suite } from 'mocha';

/** The results of one run of mocha. */
export interface LaneReport {
  readonly passed: number;
  readonly failed: number;
  /** The failures with their details, as mocha prints them; empty when there is none. */
  readonly failures: string;
  /** Milliseconds for each test file, hooks included. */
  readonly durations: Readonly<Record<string, number>>;
}

/**
 * Mocha's spec reporter for one of several runs side by side: the lines of a test file are printed in one piece, when it has ended, and
 * the results are left in the file that the reporter option `file` names.
 */
class LaneReporter extends reporters.Spec {
  private lines: string[] = [];

  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const print = { consoleLog: (...args: unknown[]) => void this.lines.push(format(...args)) };
    Object.assign(reporters.Base, print);
    const { file } = options.reporterOptions as { file: string };
    const { EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_RUN_END } = Runner.constants;
    const durations: Record<string, number> = {};
    let startedAt = performance.now();
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (isOfFile(suite)) startedAt = performance.now();
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!isOfFile(suite)) return;
      const name = relative(process.cwd(), suite.file ?? '');
      durations[name] = (durations[name] ?? 0) + Math.round(performance.now() - startedAt);
      process.stdout.write(this.taken());
    });
    runner.once(EVENT_RUN_END, () => {
      const { passes: passed, failures: failed } = this.stats;
      const report: LaneReport = { passed, failed, failures: failed > 0 ? this.taken() : '', durations };
      writeFileSync(file, JSON.stringify(report));
    });
  }

  /** The lines since the last call. */
  private taken(): string {
    const text = this.lines.map((line) => `${line}\n`).join('');
    this.lines = [];
    return text;
  }
}

const isOfFile = (suite: Suite): boolean => suite.parent?.root === true;

// Mocha loads a reporter as the module itself.
module.exports = LaneReporter;
