import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Settings } from '../settings';
import { styled } from '../terminal';
import { type TestCounts } from '../spec-and-counts-reporter';

/** Two rows of checks that run side by side: lint takes about as long as the others together. */
const CHECKS = [['lint'], ['format:check', 'typecheck', 'build']];

/** Runs every check and every test. The last line says how many passed and failed. */
export async function test(settings: Settings): Promise<number> {
  const failedChecks = (await Promise.all(CHECKS.map((row) => failuresOf(settings, row)))).flat();
  const counts = await runTests(settings);
  const failed = counts.failed + failedChecks.length;
  if (failedChecks.length > 0) console.log(styled('red', `Failed: ${failedChecks.join(', ')}`));
  console.log(`${String(counts.passed)} passed, ${String(failed)} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs checks one after the other; those that fail. What a check prints is shown in one piece, when it has ended. */
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

/**
 * The tests of faults wait most of their time, so they run beside the others, on servers of their own; what they print is shown when the
 * others have ended. With coverage, which is of all tests together, there is only one run.
 */
async function runTests(settings: Settings): Promise<TestCounts> {
  console.log(styled('bold', '== tests'));
  if (settings.ownEnvironment['COVERAGE'] === '1') return runMocha(settings, 'c8 mocha', [ALL]);
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-tests-'));
  const output = join(folder, 'faults.log');
  const faults = runMocha(settings, 'mocha', [FAULTS], openSync(output, 'w'));
  const others = await runMocha(settings, 'mocha', [ALL, '--ignore', FAULTS]);
  console.log(styled('bold', '== tests of faults'));
  const ofFaults = await faults;
  process.stdout.write(readFileSync(output));
  rmSync(folder, { recursive: true });
  return { passed: others.passed + ofFaults.passed, failed: others.failed + ofFaults.failed };
}

const ALL = 'tests/**/*.test.ts';
const FAULTS = 'tests/e2e/faults/*.test.ts';

/**
 * @param programs of the project's own, the first given the others.
 * @param output where to print, instead of the terminal.
 */
async function runMocha(
  settings: Settings,
  programs: string,
  files: readonly string[],
  output: number | 'inherit' = 'inherit',
): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-counts-'));
  const counts = join(folder, 'counts.json');
  const reporter = join(__dirname, '..', 'spec-and-counts-reporter.ts');
  const [command = '', ...first] = programs
    .split(' ')
    .map((program) => join(settings.projectFolder, 'node_modules', '.bin', program));
  const child = spawn(
    command,
    [...first, ...files, '--reporter', reporter, '--reporter-option', `file=${counts}`],
    {
      cwd: settings.projectFolder,
      stdio: ['ignore', output, output],
      // The environment as it is, without the values of `.env`, which are meant for the running system. The tests end with this process.
      env: { ...settings.ownEnvironment, TEST_COMMAND_PID: String(process.pid) },
    },
  );
  const [code] = (await once(child, 'close')) as [number | null];
  const found = readCounts(counts);
  rmSync(folder, { recursive: true });
  // Without a failed test, what failed is the run itself: a file that cannot be loaded, coverage that is too low.
  return code === 0 || found.failed > 0 ? found : { ...found, failed: 1 };
}

function readCounts(file: string): TestCounts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestCounts;
  } catch {
    return { passed: 0, failed: 0 };
  }
}
