import { isRunning } from '../../scripts/system/processes/process-facts';
import { endChildrenWithThisProcess } from './end-with-this-process';
import { startTestInfrastructure, type TestInfrastructure } from './infrastructure';

/** How long what a test left open may keep this process after the last test. */
const ENDS_WITHIN_MS = 10_000;
const LOOKS_FOR_STARTER_EVERY_MS = 500;

let started: Promise<TestInfrastructure> | undefined;

endChildrenWithThisProcess();
endWithStarter();

/** The servers that all test files share. The first to ask starts them, so that unit tests alone start nothing. */
export function testInfrastructure(): Promise<TestInfrastructure> {
  started ??= startTestInfrastructure();
  return started;
}

/** Mocha calls this once, after the last test. */
export async function mochaGlobalTeardown(): Promise<void> {
  // Of servers that could not be started the tests have told.
  const infrastructure = await started?.catch(() => undefined);
  await infrastructure?.stop();
  failUnlessEnding();
}

/**
 * Nobody waits for tests that c8 or `manage-system.sh test` has started when those are gone. A shell is another matter: what runs in its
 * background may outlive it.
 */
function endWithStarter(): void {
  const { NODE_V8_COVERAGE: ofC8, TEST_COMMAND_PID: commandPid } = process.env;
  if (ofC8 === undefined && commandPid === undefined) return;
  const parent = process.ppid;
  const isAlone = (): boolean =>
    process.ppid !== parent || (commandPid !== undefined && !isRunning(Number(commandPid)));
  setInterval(() => isAlone() && process.kill(process.pid, 'SIGTERM'), LOOKS_FOR_STARTER_EVERY_MS).unref();
}

/** After a failed hook a service may go on in this process, which would never end; without a failure that is one. */
function failUnlessEnding(): void {
  const timer = setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    process.stderr.write(`The tests have ended, but not this process: something is left open (${open}).\n`);
    // After mocha, which sets the number of failures.
    process.once('exit', () => (process.exitCode ||= 1));
    process.exit();
  }, ENDS_WITHIN_MS);
  timer.unref();
}
