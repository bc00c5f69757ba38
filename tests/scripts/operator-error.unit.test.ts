import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOperatorError, OperatorError } from '../../scripts/system/operator-error';

describe('asOperatorError', () => {
  const faultOf = (code: string) => Object.assign(new Error(code), { code, path: '/state/run' });

  it('given what only the operator can remove, then one sentence names the path, the reason and the way out', () => {
    for (const [code, reason] of [
      ['EACCES', 'permission denied'],
      ['EPERM', 'operation not permitted'],
      ['EROFS', 'read-only file system'],
      ['ENOSPC', 'no space left on the device'],
    ] as const) {
      const error = asOperatorError(faultOf(code));
      expect(error).to.be.instanceOf(OperatorError);
      expect((error as Error).message)
        .to.match(new RegExp(`^/state/run cannot be used \\(${reason}\\): .*LOCAL_DIR`))
        .and.not.contain('\n');
    }
  });

  it('given LOCAL_DIR below a file, then it is such a fault', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fault-'));
    let thrown: unknown;
    try {
      mkdirSync(join(__filename, 'run'), { recursive: true });
    } catch (error) {
      thrown = error;
    }
    rmSync(folder, { recursive: true });
    expect(asOperatorError(thrown)).to.be.instanceOf(OperatorError);
  });

  it('given a folder that cannot be made on a read-only file system, which Node reports as missing, then it is such a fault', () => {
    const error = asOperatorError(Object.assign(faultOf('ENOENT'), { syscall: 'mkdir' }));
    expect((error as Error).message).to.match(/^\/state\/run cannot be used \(it cannot be made\)/);
  });

  it('given any other error, then it stays what it is', () => {
    let thrown: unknown;
    try {
      readFileSync('/nowhere/at/all');
    } catch (error) {
      thrown = error;
    }
    for (const error of [thrown, new TypeError('a bug'), Object.assign(new Error(), { code: 'EACCES' })])
      expect(asOperatorError(error)).to.equal(error);
  });
});
