import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../../scripts/system/operator-error';
import { isRunning } from '../../scripts/system/processes/process-facts';
import { startDetached } from '../../scripts/system/processes/start-detached';
import { stopProcess } from '../../scripts/system/processes/stop-process';

describe('startDetached', () => {
  let folder: string;
  let logFile: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'detached-'));
    logFile = join(folder, 'a.log');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('given a process that becomes ready, then it runs until it is stopped', async () => {
    const { pid } = await start('sleep 60', () => true);

    expect(isRunning(pid)).to.equal(true);
    expect(await stopProcess(pid, 'SIGTERM', 5000)).to.equal('stopped');
    expect(isRunning(pid)).to.equal(false);
  });

  it('given a process that exits during its start, then the error shows the last formatted log lines of this run only', async () => {
    writeFileSync(logFile, 'output of an earlier run\n');

    const fault = await faultOf(start('echo \'{"level":"error","message":"no key"}\'; exit 3', () => false));

    expect(fault.message).to.contain('a thing exited during its start (exit code 3)').and.to.contain(logFile);
    expect(fault.details).to.have.length(1);
    expect(fault.details[0]).to.match(/ERROR no key$/);
  });

  it('given a long log, when the process starts again, then the log is rotated and the previous file is kept', async () => {
    writeFileSync(logFile, 'x'.repeat(20 * 1024 * 1024 + 1));
    const { pid } = await start('echo new; sleep 60', () => readFileSync(logFile, 'utf8') === 'new\n');
    await stopProcess(pid, 'SIGTERM', 5000);
    expect(readFileSync(`${logFile}.1`).length).to.equal(20 * 1024 * 1024 + 1);
  });

  it('given a process that does not become ready, then it is killed and the error says so', async () => {
    let pid = 0;
    const fault = await faultOf(
      start(
        'sleep 60',
        (started) => {
          pid = started;
          return false;
        },
        300,
      ),
    );

    expect(fault.message).to.contain('was not ready within 0.3 s');
    expect(await stopProcess(pid, 'SIGTERM', 5000)).to.equal('stopped');
    expect(isRunning(pid)).to.equal(false);
  });

  it('given a process that ignores SIGTERM, then it is killed after the grace period', async () => {
    const { pid } = await start('trap "" TERM; echo ready; while :; do sleep 0.1; done', () =>
      readFileSync(logFile, 'utf8').includes('ready'),
    );

    expect(await stopProcess(pid, 'SIGTERM', 200)).to.equal('killed');
    expect(isRunning(pid)).to.equal(false);
  });

  function start(
    script: string,
    isReady: (pid: number) => boolean,
    readyWithinMs = 5000,
  ): Promise<{ pid: number }> {
    return startDetached({
      name: 'a thing',
      command: '/bin/sh',
      args: ['-c', script],
      logFile,
      env: { PATH: '/usr/bin:/bin' },
      isReady,
      readyWithinMs,
    });
  }
});

async function faultOf(start: Promise<unknown>): Promise<OperatorError> {
  const fault = await start.catch((error: unknown) => error);
  expect(fault).to.be.instanceOf(OperatorError);
  return fault as OperatorError;
}
