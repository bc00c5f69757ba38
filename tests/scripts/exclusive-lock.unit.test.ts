import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../scripts/system/instance/with-lock';
import { takeLock } from '../../scripts/system/processes/exclusive-lock';
import { readSettings } from '../../scripts/system/settings';

const run = promisify(execFile);
const TAKERS = 6;

describe('exclusive lock', () => {
  let folder: string;
  let lock: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
    lock = join(folder, 'run', 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const stale = {
    pid: process.pid,
    startMark: 'of an earlier process',
    command: 'up',
    since: '',
    token: 't',
  };

  it('given a held lock, then another attempt returns the holder, until the lock is released', () => {
    const giveBack = takeLock(lock, 'up') as () => void;

    expect(takeLock(lock, 'down')).to.include({ pid: process.pid, command: 'up' });
    giveBack();
    const again = takeLock(lock, 'down');
    expect(again).to.be.a('function');
    giveBack();
    expect(existsSync(lock), 'the first holder does not remove the lock of the second').to.equal(true);
    (again as () => void)();
    expect(readdirSync(join(folder, 'run'))).to.deep.equal([]);
  });

  it('given the lock of an ended process, or a damaged lock, then it is acquired', () => {
    const damaged = JSON.stringify({ pid: 999_999_999, command: 'up' });
    for (const content of [JSON.stringify(stale), '{"pid":', '', 'null', '{}', '[]', '5', damaged]) {
      (takeLock(lock, 'up') as () => void)();
      writeFileSync(lock, content);
      (takeLock(lock, 'up') as () => void)();
      expect(readdirSync(join(folder, 'run'))).to.deep.equal([]);
    }
  });

  it('given a stale lock, when several processes acquire it at once, then exactly one succeeds', async () => {
    (takeLock(lock, 'up') as () => void)();
    const script = `
      const { takeLock } = require(${JSON.stringify(join(__dirname, '../../scripts/system/processes/exclusive-lock'))});
      process.on('SIGTERM', () => process.exit(0));
      const { existsSync, writeFileSync } = require('node:fs');
      writeFileSync(process.argv[1] + '.ready', '');
      while (!existsSync(${JSON.stringify(join(folder, 'go'))}));
      const taken = takeLock(${JSON.stringify(lock)}, 'up');
      writeFileSync(process.argv[1] + '.done', '');
      console.log(typeof taken === 'function' ? 'taken' : taken.pid);
      if (typeof taken === 'function') setTimeout(() => undefined, 60_000);
      `;
    writeFileSync(lock, JSON.stringify(stale));
    const takers = Array.from({ length: TAKERS }, (_, n) =>
      run(process.execPath, ['-r', 'ts-node/register', '-e', script, join(folder, String(n))]),
    );
    const all = async (suffix: string): Promise<void> => {
      while (readdirSync(folder).filter((name) => name.endsWith(suffix)).length < TAKERS)
        await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await all('.ready');
    writeFileSync(join(folder, 'go'), '');
    await all('.done');
    const holder = (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid;
    // The others exit by themselves, and an exiting process may no longer handle signals.
    takers.find(({ child }) => child.pid === holder)?.child.kill('SIGTERM');
    const outputs = (await Promise.all(takers)).map(({ stdout }) => stdout.trim());

    expect(outputs.filter((output) => output === 'taken')).to.have.length(1);
    expect(outputs.filter((output) => output !== 'taken')).to.deep.equal(
      Array(TAKERS - 1).fill(String(holder)),
    );
  }).timeout(60_000);

  it('given a running command, when another one starts, then one sentence names the first, its pid and its start time', async () => {
    const settings = readSettings(folder, {});
    let end: () => void = () => undefined;
    const first = withLock(settings, 'up', () => new Promise<void>((resolve) => (end = resolve)));

    const { message } = await withLock(settings, 'reset', () => Promise.resolve()).then(
      () => new Error('the second command ran'),
      (error: unknown) => error as Error,
    );
    end();
    await first;

    expect(message).to.match(
      new RegExp(
        `^"up" is running on this copy \\(pid ${String(process.pid)}, since [\\d:]{8}\\): wait .* reset again\\.$`,
      ),
    );
    expect(await withLock(settings, 'reset', () => Promise.resolve('done'))).to.equal('done');
  });

  it('given a command that fails, then the lock is released', async () => {
    const settings = readSettings(folder, {});
    await withLock(settings, 'up', () => Promise.reject(new Error('no'))).catch(() => undefined);

    expect(await withLock(settings, 'up', () => Promise.resolve('done'))).to.equal('done');
  });
});
