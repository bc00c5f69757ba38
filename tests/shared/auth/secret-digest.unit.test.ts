import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { createSecretDigests, readPeppers } from '../../../src/shared/auth/secret-digest';

const pepper = fc.uint8Array({ minLength: 32, maxLength: 48 }).map((bytes) => Buffer.from(bytes));
const secrets = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 2, maxLength: 5 });

describe('digests of client secrets', () => {
  it('given a secret, then its digest is the HMAC-SHA-256 that openssl computes under the pepper, and names the pepper', () => {
    const digests = createSecretDigests([Buffer.from('0123456789abcdef0123456789abcdef')]);
    expect(digests.digest('what do ya want for nothing?')).to.equal(
      'hmac-sha256$SOI7Jftn$E35lV8PBOhyl3H5So4mg-Gvoy020rmHGI5YFiwCsrNA',
    );
  });

  it('given any secrets and any rotations of the pepper, then each digest is that of its secret only, until its pepper is removed', () => {
    const rotations = fc.uniqueArray(pepper, {
      minLength: 1,
      maxLength: 6,
      selector: (bytes) => bytes.toString('hex'),
    });
    fc.assert(
      fc.property(secrets, rotations, fc.integer({ min: 1, max: 3 }), (known, peppers, kept) => {
        const stored = new Map<string, { digest: string; since: number }>();
        for (const [now] of peppers.entries()) {
          // The newest first, as they are configured.
          const configured = peppers.slice(Math.max(0, now + 1 - kept), now + 1).reverse();
          const digests = createSecretDigests(configured);
          for (const secret of known) {
            const given = digests.prepare(secret);
            expect(given.digest).to.equal(digests.digest(secret));
            for (const [other, { digest, since }] of stored)
              expect(given.matches(digest)).to.equal(since > now - kept ? other === secret : null);
            // Each second secret is used after each rotation, and its digest replaced; the others keep their first one.
            if (!stored.has(secret) || known.indexOf(secret) % 2 === 0)
              stored.set(secret, { digest: given.digest, since: now });
          }
        }
      }),
    );
  });

  it('given no digest, or text that is none, then it cannot be compared; given a shortened digest, then it does not match', () => {
    const given = createSecretDigests([randomBytes(32)]).prepare('secret');
    for (const text of [null, '', 'scrypt$1', 'hmac-sha256$', 'hmac-sha256$AAAAAAAA$'])
      expect(given.matches(text), String(text)).to.equal(null);
    expect(given.matches(given.digest)).to.equal(true);
    expect(given.matches(given.digest.slice(0, -1))).to.equal(false);
    expect(given.matches(`${given.digest}A`)).to.equal(false);
  });
});

describe('peppers', () => {
  const read = (text?: string, file?: string) => readPeppers({ variable: 'PEPPERS', text, file });
  const [one, two] = [randomBytes(32), randomBytes(40)];

  it('given base64 or base64url, separated by commas, spaces or lines, then they are read in order', () => {
    for (const separator of [',', ' , ', '\n', '\r\n\r\n'])
      expect(read(`${one.toString('base64url')}${separator}${two.toString('base64')}\n`)).to.deep.equal([
        one,
        two,
      ]);
  });

  it('given a file, then it is read unless the variable is set', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'peppers-')), 'peppers');
    writeFileSync(file, `${two.toString('base64url')}\n`);
    expect(read(undefined, file)).to.deep.equal([two]);
    expect(read(one.toString('base64url'), file)).to.deep.equal([one]);
  });

  const faults: [name: string, text: string | undefined, file: string | undefined, message: RegExp][] = [
    [
      'none',
      undefined,
      undefined,
      /^PEPPERS: set this, or PEPPERS_FILE, to 32 or more random bytes in base64$/,
    ],
    ['an empty list', ' , ', undefined, /^PEPPERS: it contains no pepper$/],
    [
      'one that is too short',
      `${two.toString('base64')},${'A'.repeat(42)}`,
      undefined,
      /^PEPPERS: each pepper must have at least 32 bytes$/,
    ],
    [
      'one that is not base64',
      `${'A'.repeat(42)}!`,
      undefined,
      /^PEPPERS: each pepper must be in base64 or base64url$/,
    ],
    [
      'one twice',
      `${one.toString('base64')},${one.toString('base64url')}`,
      undefined,
      /^PEPPERS: a pepper is listed twice$/,
    ],
    ['a missing file', undefined, '/nowhere', /^PEPPERS_FILE: .*\/nowhere/],
  ];
  for (const [name, text, file, message] of faults)
    it(`given ${name}, then one line names the variable, and contains no pepper`, () => {
      expect(() => read(text, file)).to.throw(message);
    });
});
