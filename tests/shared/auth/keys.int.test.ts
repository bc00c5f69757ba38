import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { calculateJwkThumbprint, type JWK } from 'jose';
import sinon from 'sinon';
import { keyId } from '../../../src/shared/auth/signing-algorithm';
import { createKeyRing, parseKeyRing } from '../../../src/shared/auth/key-ring';
import { createRemoteKeys, type RemoteKeys } from '../../../src/shared/auth/remote-keys';
import { cachedTokenStatus, type TokenStatus } from '../../../src/shared/auth/token-status';
import { unseal } from '../../../src/shared/auth/client-secret';
import { seal } from '../../support/sealed-text';
import { silentLogger } from '../../support/service-pair';

const newPem = (bits = 2048): string =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
const newEcPem = (namedCurve = 'P-256'): string =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const [ONE, TWO] = [newPem(), newPem()];
const EC = newEcPem();
const EC_KID = keyId(parseKeyRing(EC, 'ES256').signingKey());
const kidOf = (pem: string): string => keyId(parseKeyRing(pem).signingKey());

describe('the key ring', () => {
  it('given several keys with text between them, then the first one signs, all are found and published without private members', async () => {
    const ring = parseKeyRing(`retire-after: never\n${ONE}\nsome text\n${TWO}`);
    expect(keyId(ring.signingKey())).to.equal(kidOf(ONE));
    expect((await ring.findKey(kidOf(TWO), 'RS256'))?.type).to.equal('public');
    expect(await ring.findKey('unknown', 'RS256')).to.equal(null);
    expect(ring.publicKeys().keys.map((key) => Object.keys(key).sort())).to.deep.equal(
      Array(2).fill(['alg', 'e', 'kid', 'kty', 'n', 'use']),
    );
  });

  it('given no key, a key that is not RSA, or a short key, then it is refused', () => {
    expect(() => parseKeyRing('')).to.throw('no PEM private key');
    expect(() => parseKeyRing(newEcPem())).to.throw('RSA');
    expect(() => parseKeyRing(`${ONE}\n${newPem(1024)}`)).to.throw('2048');
  });

  it('given keys of both kinds, then the first one for the algorithm signs, both are published, and each is found for its own algorithm only', async () => {
    const ec = newEcPem();
    const both = `${ONE}\n${ec}\n${TWO}`;
    const [rs256, es256] = [parseKeyRing(both, 'RS256'), parseKeyRing(both, 'ES256')];
    expect(keyId(rs256.signingKey())).to.equal(kidOf(ONE));
    const kid = keyId(es256.signingKey());
    expect(rs256.publicKeys()).to.deep.equal(es256.publicKeys());
    const [, published] = es256.publicKeys().keys;
    expect(published).to.include({ kid, kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    expect(Object.keys(published!).sort()).to.deep.equal(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(kid).to.equal(await calculateJwkThumbprint(published as JWK));
    for (const ring of [rs256, es256]) {
      expect((await ring.findKey(kid, 'ES256'))?.asymmetricKeyType).to.equal('ec');
      expect(await ring.findKey(kid, 'RS256')).to.equal(null);
      expect(await ring.findKey(kidOf(ONE), 'ES256')).to.equal(null);
    }
    const p384 = newEcPem('P-384');
    expect(() => parseKeyRing(`${ONE}\n${p384}`)).to.throw('P-256');
    expect(() => parseKeyRing(ONE, 'ES256')).to.throw('EC key, which JWT_ALGORITHM=ES256 needs');
  });

  it('given a changed file, then its keys are loaded; given a malformed or missing file, then the old keys are kept, and one warning is logged', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'private.pem');
    const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
    const ring = createKeyRing({ pem: ONE, file }, 'RS256', logger);
    const signs = (): string => keyId(ring.signingKey());
    writeFileSync(file, `${TWO}\n${ONE}`);
    await ring.watch.runOnce();
    expect([signs(), ring.publicKeys().keys.length]).to.deep.equal([kidOf(TWO), 2]);
    for (const broken of ['', 'nonsense', 'nonsense']) {
      writeFileSync(file, broken);
      await ring.watch.runOnce();
      expect(signs()).to.equal(kidOf(TWO));
    }
    expect(logger.warn.callCount).to.equal(2);
    expect(JSON.stringify([logger.warn.args, logger.info.args])).not.to.contain('PRIVATE');
  });
});

describe("the issuer's remote keys", () => {
  let issuer: Server;
  let published: string;
  let fetches: number;
  let keys: RemoteKeys;
  beforeEach(async () => {
    published = ONE;
    fetches = 0;
    issuer = createServer((_request, response) => {
      fetches += 1;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(parseKeyRing(published).publicKeys()));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`;
    keys = createRemoteKeys({ url, logger: silentLogger, cooldownMs: 200 });
  });
  afterEach(() => {
    issuer.closeAllConnections();
    issuer.close();
  });

  it('given a known key, then it is fetched once and returned as the same object', async () => {
    const first = await keys.findKey(kidOf(ONE), 'RS256');
    expect(await keys.findKey(kidOf(ONE), 'RS256')).to.equal(first);
    expect([first?.type, fetches]).to.deep.equal(['public', 1]);
  });

  it('given a new key, then it is fetched on first use; given made-up key ids, then requests to the issuer are limited', async () => {
    await keys.findKey(kidOf(ONE), 'RS256');
    await new Promise((resolve) => setTimeout(resolve, 220));
    published = `${TWO}\n${ONE}`;
    expect((await keys.findKey(kidOf(TWO), 'RS256'))?.type).to.equal('public');
    expect(fetches).to.equal(2);
    for (let n = 0; n < 20; n += 1) expect(await keys.findKey(`made-up-${n}`, 'RS256')).to.equal(null);
    expect(fetches).to.equal(2);
  });

  it('given a key of the other kind, then it is found for its own algorithm, and asking for another one fetches nothing again', async () => {
    published = `${ONE}\n${EC}`;
    expect((await keys.findKey(EC_KID, 'ES256'))?.asymmetricKeyType).to.equal('ec');
    expect(await keys.findKey(EC_KID, 'RS256')).to.equal(null);
    expect(await keys.findKey(kidOf(ONE), 'ES256')).to.equal(null);
    expect((await keys.findKey(kidOf(ONE), 'RS256'))?.asymmetricKeyType).to.equal('rsa');
    expect(fetches).to.equal(1);
  });

  it('given a withdrawn key, then the next refresh removes it', async () => {
    await keys.findKey(kidOf(ONE), 'RS256');
    published = TWO;
    await keys.refresh.runOnce();
    expect(await keys.findKey(kidOf(ONE), 'RS256')).to.equal(null);
  });

  it('given an unavailable issuer, then known keys are kept, and unknown keys cause an error', async () => {
    await keys.findKey(kidOf(ONE), 'RS256');
    issuer.closeAllConnections();
    await new Promise((resolve) => issuer.close(resolve));
    await keys.refresh.runOnce();
    expect((await keys.findKey(kidOf(ONE), 'RS256'))?.type).to.equal('public');
    await new Promise((resolve) => setTimeout(resolve, 220));
    const error = await keys.findKey(kidOf(TWO), 'RS256').catch((thrown: unknown) => thrown);
    expect(error).to.have.property('kind', 'unavailable');
  });
});

describe('the status of a token', () => {
  const claims = {
    sub: 'shop',
    clientId: 'shop',
    scopes: ['order:read'],
    jti: 'j',
    issuedAt: 0,
    expiresAt: 9,
  };
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers({ now: 1_000_000, toFake: ['Date'] })));
  afterEach(() => clock.restore());

  it('given many calls at once, then one look-up; two seconds later, another one', async () => {
    const lookUp = sinon.stub().resolves({ active: true, scopes: ['order:read'] });
    const status = cachedTokenStatus(lookUp);
    await Promise.all([...Array(20)].map(() => status(claims, 't')));
    clock.tick(1_999);
    await status(claims, 't');
    expect(lookUp.callCount).to.equal(1);
    clock.tick(2);
    lookUp.resolves({ active: false, scopes: [] });
    expect((await status(claims, 't')).active).to.equal(false);
  });

  it('given a failed look-up, then the last answer applies, and without one the token itself', async () => {
    const lookUp = sinon.stub().rejects(new Error('away'));
    const status = cachedTokenStatus(lookUp);
    expect(await status(claims, 't')).to.deep.equal({ active: true, scopes: ['order:read'] });
    clock.tick(2_001);
    lookUp.resolves({ active: false, scopes: [] });
    await status(claims, 't');
    clock.tick(2_001);
    lookUp.rejects(new Error('away'));
    expect((await status(claims, 't')).active).to.equal(false);
  });

  it('given a look-up that hangs, then the last answer applies after a short wait, at once for later calls, and the late answer from then on', async () => {
    let answer: (status: TokenStatus) => void = () => undefined;
    const lookUp = sinon.stub().returns(new Promise<TokenStatus>((resolve) => (answer = resolve)));
    const status = cachedTokenStatus(lookUp, { maxWaitMs: 50 });
    expect((await status(claims, 't')).active).to.equal(true);
    expect((await status(claims, 't')).active).to.equal(true);
    answer({ active: false, scopes: [] });
    await new Promise(setImmediate);
    expect((await status(claims, 't')).active).to.equal(false);
    expect(lookUp.callCount).to.equal(1);
  });

  it('given more tokens than the limit, then the oldest are evicted', async () => {
    const lookUp = sinon.stub().resolves({ active: true, scopes: [] });
    const status = cachedTokenStatus(lookUp, { maxEntries: 2 });
    for (const jti of ['a', 'b', 'c', 'c', 'b', 'a']) await status({ ...claims, jti }, 't');
    expect(lookUp.callCount).to.equal(4);
  });
});

describe('sealed text', () => {
  it('given the password, then it can be decrypted; given another password, or a changed byte, then it cannot', async () => {
    const sealed = seal('the secret', 'password');
    const changed = Buffer.from(sealed, 'base64url');
    changed[changed.length - 1]! ^= 1;
    expect(await unseal(sealed, 'password')).to.equal('the secret');
    expect(sealed).not.to.equal(seal('the secret', 'password'));
    for (const [text, password] of [
      [sealed, 'other'],
      [changed.toString('base64url'), 'password'],
      ['', 'password'],
    ] as const) {
      expect(await unseal(text, password).catch(() => 'refused')).to.equal('refused');
    }
  });
});
