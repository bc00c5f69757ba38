import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureSecrets } from '../../scripts/system/preparation/peppers';
import { readSettings } from '../../scripts/system/settings';
import { privateKeysIn } from '../../src/shared/auth/key-ring';
import { readPeppers } from '../../src/shared/auth/secret-digest';
import { algorithmOf } from '../../src/shared/auth/signing-algorithm';

describe('the secrets of a copy of the system', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'secrets-'))));

  const file = (name: string): string => readFileSync(join(folder, 'keys', name), 'utf8');
  const ensure = (variables: Record<string, string> = {}): void =>
    ensureSecrets(readSettings(folder, { LOCAL_DIR: folder, ...variables }));
  const algorithms = (pem: string): string[] => privateKeysIn(pem).map(algorithmOf);

  it('given none, then a key and a pepper are created that only the owner can read; a repeat changes nothing', () => {
    ensure();
    const [pem, pepper] = [file('private.pem'), file('peppers')];
    expect(algorithms(pem)).to.deep.equal(['RS256']);
    expect(readPeppers({ variable: 'P', text: pepper, file: undefined })).to.have.length(1);
    for (const name of ['private.pem', 'peppers'])
      expect(statSync(join(folder, 'keys', name)).mode & 0o777, name).to.equal(0o600);
    ensure();
    expect([file('private.pem'), file('peppers')]).to.deep.equal([pem, pepper]);
  });

  it('given JWT_ALGORITHM=ES256, then a key for it is added once, and the RSA key stays', () => {
    ensure();
    for (let n = 0; n < 2; n += 1) {
      ensure({ JWT_ALGORITHM: 'ES256' });
      expect(algorithms(file('private.pem'))).to.deep.equal(['RS256', 'ES256']);
    }
    expect(() => ensure({ JWT_ALGORITHM: 'HS256' })).to.throw('JWT_ALGORITHM: must be RS256 or ES256');
  });

  it('given a file with a malformed key, then it is not changed', () => {
    ensure();
    const malformed = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    writeFileSync(join(folder, 'keys', 'private.pem'), malformed);
    ensure();
    expect(file('private.pem')).to.equal(malformed);
  });

  it('given the program of Docker Compose, then it creates the same', () => {
    const create = (algorithm: string): string[] => {
      execFileSync(process.execPath, ['docker/make-signing-keys.mjs', folder, algorithm]);
      return algorithms(readFileSync(join(folder, 'private.pem'), 'utf8'));
    };
    expect([create(''), create('ES256'), create('ES256')]).to.deep.equal([
      ['RS256'],
      ['RS256', 'ES256'],
      ['RS256', 'ES256'],
    ]);
    expect(readPeppers({ variable: 'P', text: undefined, file: join(folder, 'peppers') })).to.have.length(1);
  });
});
