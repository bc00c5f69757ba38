import { createPublicKey } from 'node:crypto';
import { expect } from 'chai';
import { signAccessToken } from '../../../src/shared/auth/access-token';
import { authenticate, callerOf, requireScope, visibleClient } from '../../../src/shared/auth/authenticate';
import { findMatchingHash, hashSecret } from '../../../src/shared/auth/client-secret';
import { keyId } from '../../../src/shared/auth/signing-algorithm';
import { parseKeyRing } from '../../../src/shared/auth/key-ring';
import { createTokenCheck } from '../../../src/shared/auth/token-check';
import { type LookUpTokenStatus } from '../../../src/shared/auth/token-status';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { send } from '../../support/api-client';
import { forger } from '../../support/forged-tokens';
import { testKeys } from '../../support/keys';
import { silentLogger } from '../../support/service-pair';

const publicKey = createPublicKey(testKeys.publicPem);
const ring = parseKeyRing(testKeys.privatePem);
const { signer, claims: goodClaims, forge, refused } = forger('http://issuer', 'system', 'shop');
const now = (): number => Math.floor(Date.now() / 1000);
const withoutChange: LookUpTokenStatus = (claims) => Promise.resolve({ active: true, scopes: claims.scopes });

describe('authentication', () => {
  let server: HttpServer;
  let url: string;
  before(async () => {
    const app = createBaseApp({ logger: silentLogger }, (routes) => {
      routes.get(
        '/read',
        authenticate(createTokenCheck({ ...signer, ...ring }), withoutChange),
        requireScope('order:read'),
        (request, response) => {
          response.json({ clientId: callerOf(request).clientId, sees: visibleClient(callerOf(request)) });
        },
      );
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}/read`;
  });
  after(() => server.stop());

  const read = (token: string) => send(url, 'GET', undefined, { Authorization: `Bearer ${token}` });

  it('given a token of the issuer, then the caller is identified and limited to its own orders', async () => {
    const { status, body } = await read(signAccessToken(signer, 'shop', ['order:read']));
    expect([status, body]).to.deep.equal([200, { clientId: 'shop', sees: 'shop' }]);
    expect((await read(forge({ ...goodClaims(), exp: now() - 30 }))).status, 'within the leeway').to.equal(
      200,
    );
  });

  it('given order:manage or ops:manage, then the caller sees all', async () => {
    for (const scope of ['order:manage', 'ops:manage']) {
      expect((await read(signAccessToken(signer, 'operator', ['order:read', scope]))).body.sees).to.equal(
        null,
      );
    }
  });

  for (const [name, token] of refused) {
    it(`given a token with ${name}, then 401`, async () => {
      const answer = await read(token());
      expect([answer.status, answer.body.code]).to.deep.equal([401, 'invalid_token']);
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
    });
  }

  it('given a valid token in the query instead of the header, then 401', async () => {
    const answer = await send(
      `${url}?access_token=${signAccessToken(signer, 'shop', ['order:read'])}`,
      'GET',
    );
    expect([answer.status, answer.body.code]).to.deep.equal([401, 'missing_token']);
  });

  it('given no token, or another scheme, then 401 with WWW-Authenticate', async () => {
    const none = await send(url, 'GET');
    expect([none.status, none.body.code]).to.deep.equal([401, 'missing_token']);
    expect(none.headers.get('www-authenticate')).to.equal('Bearer');
    const basic = await send(url, 'GET', undefined, { Authorization: 'Basic c2hvcDpzZWNyZXQ=' });
    expect(basic.status).to.equal(401);
  });

  it('given a route without authenticate, then reading its caller throws', () => {
    expect(() => callerOf({} as never)).to.throw('not behind authenticate');
  });

  it('given a token without the scope, then 403 names it', async () => {
    const answer = await read(signAccessToken(signer, 'shop', ['order:create']));
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
    expect(answer.headers.get('www-authenticate')).to.contain('scope="order:read"');
  });

  it('given the private and the public part of a key, then both have the same id', () => {
    expect(keyId(publicKey))
      .to.equal(keyId(ring.signingKey()))
      .and.match(/^[\w-]{43}$/);
  });
});

describe('client secrets', () => {
  it('given a secret, then only the secret matches its hash, and two hashes of it differ', async () => {
    const [first, second] = [await hashSecret('s3cret'), await hashSecret('s3cret')];
    expect(first)
      .to.match(/^scrypt\$16384\$8\$1\$/)
      .and.not.equal(second);
    expect(await findMatchingHash('s3cret', [first])).to.equal(0);
    expect(await findMatchingHash('s3cret', [await hashSecret('other'), second])).to.equal(1);
    expect(await findMatchingHash('other', [first, second])).to.equal(-1);
    expect(await findMatchingHash('s3cret', [])).to.equal(-1);
  });
});
