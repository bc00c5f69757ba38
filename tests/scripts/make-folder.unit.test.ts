import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../scripts/system/processes/make-folder';

const AT_MOST_MS = 60_000;

describe('makeFolder', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'folders-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('given missing folders, when it is called twice, then all exist', () => {
    const deepest = join(folder, 'a', 'b', 'c');
    makeFolder(deepest);
    makeFolder(deepest);
    expect(existsSync(deepest)).to.equal(true);
  });

  it('given a file in the place of a folder, then the error says so', () => {
    writeFileSync(join(folder, 'a'), '');
    expect(() => makeFolder(join(folder, 'a', 'b'))).to.throw('ENOTDIR');
  });

  it('given a path where the system creates no folders, then it returns with an error', function () {
    if (!existsSync('/proc/self')) this.skip();
    this.timeout(2 * AT_MOST_MS);
    const module = join(__dirname, '..', '..', 'scripts', 'system', 'processes', 'make-folder');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['-r', 'ts-node/register', '-e', `require(${JSON.stringify(module)}).makeFolder('/proc/none/run')`],
      { encoding: 'utf8', timeout: AT_MOST_MS },
    );
    expect([status, /ENOENT|EACCES|EPERM/.test(stderr)]).to.deep.equal([1, true]);
  });
});
