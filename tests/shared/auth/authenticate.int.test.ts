import { createHmac, createPrivateKey, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { keyId, signAccessToken, type TokenSigner } from '../../../src/shared/auth/access-token';
import { authenticate } from '../../../src/shared/auth/authenticate';
import { hashSecret, verifySecret } from '../../../src/shared/auth/client-secret';
import { parseKeyRing } from '../../../src/shared/auth/key-ring';
import { type LookUpTokenStatus } from '../../../src/shared/auth/token-status';
import { callerOf, requireScope, visibleClient } from '../../../src/shared/auth/require-scope';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { send } from '../../support/api-client';
import { testKeys } from '../../support/keys';
import { silentLogger } from '../../support/service-pair';

const privateKey = createPrivateKey(testKeys.privatePem);
const publicKey = createPublicKey(testKeys.publicPem);
const signer: TokenSigner = {
  signingKey: () => privateKey,
  issuer: 'http://issuer',
  audience: 'system',
  expiresIn: 60,
};

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);
const ring = parseKeyRing(testKeys.privatePem);
const withoutChange: LookUpTokenStatus = (claims) => Promise.resolve({ active: true, scopes: claims.scopes });
const goodHeader = { alg: 'RS256', typ: 'at+jwt', kid: keyId(privateKey) };
const goodClaims = () => ({
  iss: 'http://issuer',
  aud: 'system',
  sub: 'shop',
  client_id: 'shop',
  scope: 'order:read',
  jti: 'j',
  iat: now(),
  exp: now() + 60,
});

/** A token signed with the real key, whatever it says. */
function forge(claims: object, header: object = goodHeader): string {
  const content = `${base64url(header)}.${base64url(claims)}`;
  return `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`;
}

function hs256WithPublicKey(): string {
  const content = `${base64url({ ...goodHeader, alg: 'HS256' })}.${base64url(goodClaims())}`;
  return `${content}.${createHmac('sha256', testKeys.publicPem).update(content).digest('base64url')}`;
}

const strangersKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

function raisedScope(): string {
  const [header, , signature] = signAccessToken(signer, 'shop', ['order:read']).split('.');
  return `${header!}.${base64url({ ...goodClaims(), scope: 'order:read ops:manage' })}.${signature!}`;
}

const without = (name: string): object =>
  Object.fromEntries(Object.entries(goodClaims()).filter(([key]) => key !== name));
const flipped = (token: string): string => token.replace(/.(?=.{20}$)/, (char) => (char === 'A' ? 'B' : 'A'));

const REFUSED: [name: string, token: () => string][] = [
  ['alg none', () => `${base64url({ ...goodHeader, alg: 'none' })}.${base64url(goodClaims())}.`],
  ['HS256 signed with the public key', hs256WithPublicKey],
  ['a flipped bit in the signature', () => flipped(signAccessToken(signer, 'shop', ['order:read']))],
  [
    'the signature of another key',
    () => signAccessToken({ ...signer, signingKey: strangersKey }, 'shop', ['order:read']),
  ],
  ['claims changed after signing', raisedScope],
  ['no exp', () => forge(without('exp'))],
  ['an exp that has passed', () => forge({ ...goodClaims(), exp: now() - 61 })],
  ['an iat in the future', () => forge({ ...goodClaims(), iat: now() + 300 })],
  ['an nbf in the future', () => forge({ ...goodClaims(), nbf: now() + 300 })],
  ['another audience', () => forge({ ...goodClaims(), aud: 'other' })],
  ['another issuer', () => forge({ ...goodClaims(), iss: 'http://evil' })],
  ['typ JWT', () => forge(goodClaims(), { ...goodHeader, typ: 'JWT' })],
  ['no typ', () => forge(goodClaims(), { alg: 'RS256', kid: goodHeader.kid })],
  ['no kid', () => forge(goodClaims(), { alg: 'RS256', typ: 'at+jwt' })],
  ['a kid that is a path', () => forge(goodClaims(), { ...goodHeader, kid: '../../../../dev/null' })],
  ['a kid that is SQL', () => forge(goodClaims(), { ...goodHeader, kid: "' OR 1=1 --" })],
  ['a kid of 10 kB', () => forge(goodClaims(), { ...goodHeader, kid: 'A'.repeat(10_000) })],
  ['a kid that is no text', () => forge(goodClaims(), { ...goodHeader, kid: { toString: goodHeader.kid } })],
  ['a kid of nobody', () => forge(goodClaims(), { ...goodHeader, kid: 'A'.repeat(43) })],
  ['an unknown critical extension', () => forge(goodClaims(), { ...goodHeader, crit: ['exp'] })],
  ['no subject', () => forge(without('sub'))],
  ['no scope claim', () => forge(without('scope'))],
  ['text that is no token', () => 'x.y.z'],
];

describe('authentication', () => {
  let server: HttpServer;
  let url: string;
  before(async () => {
    const app = createBaseApp({ logger: silentLogger }, (routes) => {
      routes.get(
        '/read',
        authenticate({ ...signer, ...ring }, withoutChange),
        requireScope('order:read'),
        (request, response) => {
          response.json({ clientId: callerOf(request).clientId, sees: visibleClient(request) });
        },
      );
    });
    server = createHttpServer({ app, host: '127.0.0.1', port: 0 });
    await server.start();
    url = `http://127.0.0.1:${server.port()}/read`;
  });
  after(() => server.stop());

  const read = (token: string) => send(url, 'GET', undefined, { Authorization: `Bearer ${token}` });

  it('given a token of ours, then the caller is known and sees its own', async () => {
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

  for (const [name, token] of REFUSED) {
    it(`given a token with ${name}, then 401`, async () => {
      const answer = await read(token());
      expect([answer.status, answer.body.code]).to.deep.equal([401, 'invalid_token']);
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
    });
  }

  it('given a good token in the query instead of the header, then 401', async () => {
    const answer = await send(
      `${url}?access_token=${signAccessToken(signer, 'shop', ['order:read'])}`,
      'GET',
    );
    expect([answer.status, answer.body.code]).to.deep.equal([401, 'missing_token']);
  });

  it('given no token, or another scheme, then 401 says how to ask', async () => {
    const none = await send(url, 'GET');
    expect([none.status, none.body.code]).to.deep.equal([401, 'missing_token']);
    expect(none.headers.get('www-authenticate')).to.equal('Bearer');
    const basic = await send(url, 'GET', undefined, { Authorization: 'Basic c2hvcDpzZWNyZXQ=' });
    expect(basic.status).to.equal(401);
  });

  it('given a route that forgot to authenticate, then asking for its caller fails instead of guessing', () => {
    expect(() => callerOf({} as never)).to.throw('not behind authenticate');
  });

  it('given a token without the scope, then 403 names it', async () => {
    const answer = await read(signAccessToken(signer, 'shop', ['order:create']));
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
    expect(answer.headers.get('www-authenticate')).to.contain('scope="order:read"');
  });

  it('given the private and the public half of a key, then both have the same id', () => {
    expect(keyId(publicKey))
      .to.equal(keyId(privateKey))
      .and.match(/^[\w-]{43}$/);
  });
});

describe('client secrets', () => {
  it('given a secret, then only it opens its hash, and two hashes of it differ', async () => {
    const [first, second] = [await hashSecret('s3cret'), await hashSecret('s3cret')];
    expect(first)
      .to.match(/^scrypt\$16384\$8\$1\$/)
      .and.not.equal(second);
    expect(await verifySecret('s3cret', first)).to.equal(true);
    expect(await verifySecret('other', first)).to.equal(false);
    expect(await verifySecret('s3cret', null)).to.equal(false);
  });
});
