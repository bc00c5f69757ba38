import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureSecrets } from '../../scripts/system/preparation/service-secrets';
import { readSettings } from '../../scripts/system/settings';
import { privateKeysIn } from '../../src/shared/auth/key-ring';
import { algorithmOf } from '../../src/shared/auth/signing-algorithm';
import { readSecretKeys } from '../../src/shared/config/secret-keys';

const FILES = ['private.pem', 'peppers', 'webhook-keys'];

describe('the secrets of a copy of the system', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'secrets-'))));

  const file = (name: string): string => readFileSync(join(folder, 'keys', name), 'utf8');
  const ensure = (variables: Record<string, string> = {}): void =>
    ensureSecrets(readSettings(folder, { LOCAL_DIR: folder, ...variables }));
  const algorithms = (pem: string): string[] => privateKeysIn(pem).map(algorithmOf);

  it('given none, then a key and the random keys are created that only the owner can read; a repeat changes nothing', () => {
    ensure();
    const all = FILES.map(file);
    const [pem = '', ...random] = all;
    expect(algorithms(pem)).to.deep.equal(['RS256']);
    for (const text of random)
      expect(readSecretKeys({ variable: 'P', text, file: undefined }, 'key')).to.have.length(1);
    expect(new Set(random).size).to.equal(2);
    for (const name of FILES) expect(statSync(join(folder, 'keys', name)).mode & 0o777, name).to.equal(0o600);
    ensure();
    expect(FILES.map(file)).to.deep.equal(all);
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
    for (const name of FILES.slice(1))
      expect(
        readSecretKeys({ variable: 'P', text: undefined, file: join(folder, name) }, 'key'),
      ).to.have.length(1);
  });
});
