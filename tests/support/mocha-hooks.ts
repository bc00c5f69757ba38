import { startTestInfrastructure, type TestInfrastructure } from './infrastructure';

let started: Promise<TestInfrastructure> | undefined;

/** The servers that all test files share. The first to ask starts them, so that unit tests alone start nothing. */
export function testInfrastructure(): Promise<TestInfrastructure> {
  started ??= startTestInfrastructure();
  return started;
}

/** Mocha calls this once, after the last test. */
export async function mochaGlobalTeardown(): Promise<void> {
  const infrastructure = await started;
  await infrastructure?.stop();
}
