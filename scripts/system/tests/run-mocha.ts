import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Settings } from '../settings';
import { type LaneReport } from './lane-reporter';
import { PORT_SHARE } from './port-share';

export interface MochaRun {
  files: readonly string[];
  /** Whether c8 measures it. */
  coverage?: boolean;
  /** The share of the free ports that its servers get, see {@link PORT_SHARE}. */
  portShare?: string;
}

/** Runs test files in one process, which prints what it runs and ends with this process. */
export async function runMocha(
  { projectFolder, ownEnvironment }: Settings,
  { files, coverage = false, portShare = '0/1' }: MochaRun,
): Promise<LaneReport> {
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-report-'));
  const file = join(folder, 'report.json');
  const [command = '', ...first] = [...(coverage ? ['c8'] : []), 'mocha'].map((program) =>
    join(projectFolder, 'node_modules', '.bin', program),
  );
  const reporter = join(__dirname, 'lane-reporter.ts');
  const child = spawn(
    command,
    [...first, ...files, '--reporter', reporter, '--reporter-option', `file=${file}`],
    {
      cwd: projectFolder,
      stdio: ['ignore', 'inherit', 'inherit'],
      // Without the values of `.env`, which are meant for the running system.
      env: { ...ownEnvironment, TEST_COMMAND_PID: String(process.pid), [PORT_SHARE]: portShare },
    },
  );
  const [code] = (await once(child, 'close')) as [number | null];
  const report = readReport(file);
  rmSync(folder, { recursive: true });
  if (report === null) return { ...NOTHING, failed: 1 };
  // Without a failed test, the run itself failed: a file that cannot be loaded, coverage that is too low.
  return code === 0 || report.failed > 0 ? report : { ...report, failed: 1 };
}

const NOTHING: LaneReport = { passed: 0, failed: 0, failures: '', durations: {} };

/** Null when mocha ended before its last test. */
function readReport(file: string): LaneReport | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LaneReport;
  } catch {
    return null;
  }
}
