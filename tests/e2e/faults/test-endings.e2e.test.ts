import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { isRunning, processFacts } from '../../../scripts/system/processes/process-facts';
import { eventually } from '../../support/eventually';

const ROOT = join(__dirname, '..', '..', '..');
/** As in the scripts of npm: c8 runs mocha by its name. */
const PATH_WITH_PROGRAMS = [join(ROOT, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
const SUITE = 'tests/support/ending-suite/suite.ts';
const MOCHA = ['mocha', SUITE];
const COVERAGE = ['c8', '--all=false', '--check-coverage=false', '--reporter=none', ...MOCHA];
/** The suite starts PostgreSQL, Redis, SQS, and a service in three processes. */
const PROCESSES = 7;
const WITHIN_MS = 120_000;

type Ending = 'failure' | 'hook' | 'signal';

/** Runs of mocha on a suite that starts processes, leaves a timer open, and ends badly. */
describe('a run of the tests', function () {
  this.timeout(300_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'test-endings-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [ending, command, how] of [
    ['hook', MOCHA, 'a hook that fails'],
    ['failure', COVERAGE, 'a test that fails, with coverage'],
  ] as const) {
    it(`given ${how}, then mocha ends with its failure, and no process stays`, async () => {
      const run = await startRun(ending, command);
      expect(await run.exitCode()).to.equal(1);
      expect(run.output()).to.contain('1 failing').and.to.contain('something is left open');
      await run.leavesNothing();
    });
  }

  for (const [signal, command, how] of [
    ['SIGINT', MOCHA, ''],
    ['SIGTERM', MOCHA, ''],
    ['SIGKILL', MOCHA, ''],
    ['SIGKILL', COVERAGE, ', with coverage'],
  ] as const) {
    it(`given ${signal}${how}, then no process stays`, async () => {
      const run = await startRun('signal', command);
      run.child.kill(signal);
      await run.exitCode();
      await run.leavesNothing();
    });
  }

  /** @returns once everything is started */
  async function startRun(ending: Ending, [program = '', ...args]: readonly string[]) {
    const ofC8 = program === 'c8' ? ['--temp-directory', folder] : [];
    const child = spawn(program, [...ofC8, ...args], {
      cwd: ROOT,
      env: { ...process.env, PATH: PATH_WITH_PROGRAMS, NODE_V8_COVERAGE: undefined, ENDING: ending },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    const ended = once(child, 'close') as Promise<[number | null]>;
    const stateFolder = await eventually(() => {
      const [, ready] = /^READY (.+)$/m.exec(output) ?? [];
      if (ready === undefined) throw new Error(`the suite does not start:\n${output}`);
      return (JSON.parse(ready) as { stateFolder: string }).stateFolder;
    }, WITHIN_MS);
    const processes = [...family(child.pid!), pidOf(stateFolder, 'sqs')];
    expect(processes.length, output).to.be.at.least(PROCESSES);
    return {
      child,
      output: () => output,
      exitCode: async () => (await ended)[0],
      async leavesNothing() {
        await eventually(() => {
          expect(processes.filter(isRunning).map((pid) => processFacts(pid)?.command)).to.deep.equal([]);
          expect(existsSync(stateFolder), stateFolder).to.equal(false);
        }, WITHIN_MS);
      },
    };
  }
});

const pidOf = (stateFolder: string, component: string): number =>
  (JSON.parse(readFileSync(join(stateFolder, 'run', `${component}.json`), 'utf8')) as { pid: number }).pid;

/** A process, those that it has started, and so on. */
function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

/** None of a process that has ended meanwhile. */
function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
