import { isRunning } from '../../scripts/system/processes/process-facts';
import { endChildrenWithThisProcess } from './end-with-this-process';
import { startTestInfrastructure, type TestInfrastructure } from './infrastructure';

/** How long open handles of a test may keep this process running after the last test. */
const ENDS_WITHIN_MS = 10_000;
const STARTER_CHECK_MS = 500;

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
  // The tests have already failed if the servers could not be started.
  const infrastructure = await started?.catch(() => undefined);
  await infrastructure?.stop();
  failUnlessEnding();
}

/**
 * Ends this process when c8 or `manage-system.sh test`, which started it, has ended. Tests started from a shell go on: they may run in its
 * background.
 */
function endWithStarter(): void {
  const { NODE_V8_COVERAGE: ofC8, TEST_COMMAND_PID: commandPid } = process.env;
  if (ofC8 === undefined && commandPid === undefined) return;
  const parent = process.ppid;
  const isAlone = (): boolean =>
    process.ppid !== parent || (commandPid !== undefined && !isRunning(Number(commandPid)));
  setInterval(() => isAlone() && process.kill(process.pid, 'SIGTERM'), STARTER_CHECK_MS).unref();
}

/** Ends this process when something is left open, such as a service after a failed hook. Without a failed test this counts as a failure. */
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
