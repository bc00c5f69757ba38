import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded } from '../preparation/build';
import { type Settings } from '../settings';
import { styled } from '../terminal';
import { planLanes, readDurations, writeDurations } from '../tests/plan-lanes';
import { runMocha } from '../tests/run-mocha';
import { type LaneReport } from '../tests/lane-reporter';

/** Two rows of checks that run side by side: lint takes about as long as the others together. */
const CHECKS = [['lint'], ['format:check', 'typecheck', 'build']];

const TESTS = 'tests/**/*.test.ts';

/** More than cores: many tests wait for time limits, or for processes to start. */
const LANES = 3;

/** Runs every check and every test. The last line says how many passed and failed. */
export async function test(settings: Settings): Promise<number> {
  const failedChecks = (await Promise.all(CHECKS.map((row) => failuresOf(settings, row)))).flat();
  // Once, before the lanes start processes from it; after a failed check `build`, without type checks.
  await buildIfNeeded(settings);
  console.log(styled('bold', '== tests'));
  const reports = await runTests(settings);
  for (const { failures } of reports) process.stdout.write(failures);
  const passed = sum(reports.map((report) => report.passed));
  const failed = sum(reports.map((report) => report.failed)) + failedChecks.length;
  if (failedChecks.length > 0) console.log(styled('red', `Failed: ${failedChecks.join(', ')}`));
  console.log(`${String(passed)} passed, ${String(failed)} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs checks one after the other; those that fail. The output of a check is shown in one piece, when it has ended. */
async function failuresOf(settings: Settings, checks: readonly string[]): Promise<string[]> {
  const failed: string[] = [];
  for (const check of checks) {
    const child = spawn('npm', ['run', '--silent', check], {
      cwd: settings.projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: settings.ownEnvironment,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    console.log(`${styled('bold', `== ${check}`)}\n${output.trimEnd()}`.trimEnd());
    if (code !== 0) failed.push(check);
  }
  return failed;
}

/** Runs all tests in lanes side by side, each with servers and ports of its own; with coverage, which is of all tests together, in one process. */
async function runTests(settings: Settings): Promise<LaneReport[]> {
  if (settings.ownEnvironment['COVERAGE'] === '1')
    return [await runMocha(settings, { files: [TESTS], coverage: true })];
  const { projectFolder } = settings;
  const lanes = planLanes(testFiles(projectFolder), readDurations(projectFolder), LANES);
  const reports = await Promise.all(
    lanes.map((files, index) =>
      runMocha(settings, { files, portShare: `${String(index)}/${String(LANES)}` }),
    ),
  );
  for (const { durations } of reports) writeDurations(projectFolder, durations);
  return reports;
}

function testFiles(projectFolder: string): string[] {
  return readdirSync(join(projectFolder, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('tests', name));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
