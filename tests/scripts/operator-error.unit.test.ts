import { expect } from 'chai';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOperatorError, OperatorError } from '../../scripts/system/operator-error';

describe('asOperatorError', () => {
  const faultOf = (code: string) => Object.assign(new Error(code), { code, path: '/state/run' });

  it('given an error that only the operator can fix, then one sentence names the path, the reason and the remedy', () => {
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

  it('given LOCAL_DIR below a file, then it is an OperatorError', () => {
    const thrown = thrownBy(() => mkdirSync(join(__filename, 'run'), { recursive: true }));
    expect(asOperatorError(thrown)).to.be.instanceOf(OperatorError);
  });

  it('given a folder that cannot be created on a read-only file system, for which Node reports ENOENT, then it is an OperatorError', () => {
    const error = asOperatorError(Object.assign(faultOf('ENOENT'), { syscall: 'mkdir' }));
    expect((error as Error).message).to.match(/^\/state\/run cannot be used \(it cannot be created\)/);
  });

  for (const [what, use, reason] of [
    [
      'a folder in the place of a file',
      (): unknown => writeFileSync(tmpdir(), ''),
      'a folder exists at this path',
    ],
    [
      'a file in the place of a folder',
      (): unknown => readdirSync(__filename),
      'a part of the path is not a folder',
    ],
    ['a name that is too long', (): unknown => mkdirSync(join(tmpdir(), 'x'.repeat(300))), 'name too long'],
  ] as const)
    it(`given ${what}, then one sentence names the path and the reason`, () => {
      const error = asOperatorError(thrownBy(use)) as Error;
      expect(error).to.be.instanceOf(OperatorError);
      expect(error.message)
        .to.match(new RegExp(`^/.+ cannot be used \\(${reason}\\): `))
        .and.not.contain('\n');
    });

  it('given any other error, then it is returned unchanged', () => {
    const thrown = thrownBy(() => readFileSync('/nowhere/at/all'));
    for (const error of [thrown, new TypeError('a bug'), Object.assign(new Error(), { code: 'EACCES' })])
      expect(asOperatorError(error)).to.equal(error);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
