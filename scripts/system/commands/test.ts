import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

async function runTests(settings: Settings): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'order-processing-counts-'));
  const file = join(folder, 'counts.json');
  const reporter = join(__dirname, '..', 'spec-and-counts-reporter.ts');
  const program = (name: string): string => join(settings.projectFolder, 'node_modules', '.bin', name);
  const options = ['--reporter', reporter, '--reporter-option', `file=${file}`];
  const mocha = [program('mocha'), 'tests/**/*.test.ts', ...options];
  const withCoverage = settings.ownEnvironment['COVERAGE'] === '1';
  const succeeded = await runVisibly(settings, 'tests', withCoverage ? [program('c8'), ...mocha] : mocha);
  const counts = readCounts(file);
  rmSync(folder, { recursive: true });
  // Without a failed test, what failed is the run itself: a file that cannot be loaded, coverage that is too low.
  return succeeded || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

function readCounts(file: string): TestCounts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestCounts;
  } catch {
    return { passed: 0, failed: 0 };
  }
}

/** The tests get the environment as it is, without the values of `.env`, which are meant for the running system. */
async function runVisibly(
  settings: Settings,
  title: string,
  [command = '', ...args]: string[],
): Promise<boolean> {
  console.log(styled('bold', `== ${title}`));
  const child = spawn(command, args, {
    cwd: settings.projectFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...settings.ownEnvironment },
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}
