import { expect } from 'chai';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordedProcess, recordProcess } from '../../scripts/system/processes/process-record';

describe('process record', () => {
  let folder: string;
  let child: ChildProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'records-'));
    child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    recordProcess(folder, 'redis', child.pid!);
  });

  afterEach(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('given a running process, then it is found with its command and memory', () => {
    recordProcess(folder, 'sqs', process.pid);

    const facts = recordedProcess(folder, 'redis');

    expect(facts).to.include({ pid: child.pid, command: 'sleep 60' });
    expect(recordedProcess(folder, 'sqs')!.memoryBytes).to.be.greaterThan(1_000_000);
    expect(Date.now() - facts!.startedAt.getTime()).to.be.lessThan(60_000);
  });

  it('given a process that was killed, then it is not found and its record is removed', async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(recordedProcess(folder, 'redis')).to.equal(null);
    expect(existsSync(join(folder, 'run', 'redis.json'))).to.equal(false);
  });

  it('given a pid that was reused by another process, then that process is not found', () => {
    const file = join(folder, 'run', 'redis.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...record, startMark: 'of an earlier process' }));

    expect(recordedProcess(folder, 'redis')).to.equal(null);
  });

  it('given a record truncated by a crash, then it counts as missing', () => {
    writeFileSync(join(folder, 'run', 'redis.json'), '{"pid":');

    expect(recordedProcess(folder, 'redis')).to.equal(null);
  });
});
