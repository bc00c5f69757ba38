import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { signAccessToken, type TokenSigner } from '../../src/shared/auth/access-token';
import { keyId } from '../../src/shared/auth/signing-algorithm';
import { testKeys } from './keys';

const privateKey = createPrivateKey(testKeys.privatePem);
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);

export interface Forger {
  signer: TokenSigner;
  /** The claims of a valid token. */
  claims: () => Record<string, unknown>;
  /** A token with any claims, signed with the real key. */
  forge: (claims: object, header?: object) => string;
  /** Invalid tokens by name. */
  refused: readonly [name: string, token: () => string][];
}

/** Invalid tokens for an issuer that signs with the test keys. */
export function forger(
  issuer: string,
  audience: string,
  clientId: string,
  listener = 'http://127.0.0.1:9',
): Forger {
  const signer: TokenSigner = { signingKey: () => privateKey, issuer, audience, expiresIn: 60 };
  const header = { alg: 'RS256', typ: 'at+jwt', kid: keyId(privateKey) };
  const claims = () => ({
    iss: issuer,
    aud: audience,
    sub: clientId,
    client_id: clientId,
    scope: 'order:read shipment:read',
    jti: `j-${Math.random()}`,
    iat: now(),
    exp: now() + 60,
  });
  const signed = (content: string, key: KeyObject): string =>
    `${content}.${createSign('RSA-SHA256').update(content).sign(key, 'base64url')}`;
  const forge = (body: object, head: object = header, key = privateKey): string =>
    signed(`${base64url(head)}.${base64url(body)}`, key);
  const good = (): string => signAccessToken(signer, clientId, ['order:read', 'shipment:read']);
  const without = (name: string): object =>
    Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));
  const hs256 = (secret: string): string => {
    const content = `${base64url({ ...header, alg: 'HS256' })}.${base64url(claims())}`;
    return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
  };
  const pss = (): string => {
    const content = `${base64url({ ...header, alg: 'PS256' })}.${base64url(claims())}`;
    const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    return `${content}.${createSign('RSA-SHA256').update(content).sign(options, 'base64url')}`;
  };
  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const es256 = (head: object): string => {
    const content = `${base64url(head)}.${base64url(claims())}`;
    const options = { key: ecKey, dsaEncoding: 'ieee-p1363' as const };
    return `${content}.${createSign('SHA256').update(content).sign(options, 'base64url')}`;
  };
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const strangersJwk = stranger.publicKey.export({ format: 'jwk' });
  const raisedScope = (): string => {
    const [head, , signature] = good().split('.');
    return `${head!}.${base64url({ ...claims(), scope: 'order:read ops:manage' })}.${signature!}`;
  };
  const refused: [name: string, token: () => string][] = [
    ['alg none', () => `${base64url({ ...header, alg: 'none' })}.${base64url(claims())}.`],
    ['alg nOnE and a signature', () => `${base64url({ ...header, alg: 'nOnE' })}.${base64url(claims())}.x`],
    ['HS256 signed with the public key', () => hs256(testKeys.publicPem)],
    [
      'HS256 signed with the modulus',
      () => hs256(createPublicKey(testKeys.publicPem).export({ format: 'jwk' }).n!),
    ],
    ['RS512', () => forge(claims(), { ...header, alg: 'RS512' })],
    ['PS256 and a valid signature of the key', pss],
    ['ES256 under the id of an RSA key', () => es256({ ...header, alg: 'ES256' })],
    ['the id of an RSA key and the signature of an EC key', () => es256(header)],
    [
      'a flipped bit in the signature',
      () => good().replace(/.(?=.{20}$)/, (char) => (char === 'A' ? 'B' : 'A')),
    ],
    ['the signature of another key', () => forge(claims(), header, stranger.privateKey)],
    [
      'its own key in the header',
      () => forge(claims(), { ...header, jwk: strangersJwk }, stranger.privateKey),
    ],
    [
      'a jku to follow',
      () => forge(claims(), { ...header, kid: 'A'.repeat(43), jku: `${listener}/jku` }, stranger.privateKey),
    ],
    ['an x5u to follow', () => forge(claims(), { ...header, x5u: `${listener}/x5u` }, stranger.privateKey)],
    ['claims changed after signing', raisedScope],
    ['no signature', () => good().split('.').slice(0, 2).join('.')],
    ['no exp', () => forge(without('exp'))],
    ['an exp that has passed', () => forge({ ...claims(), exp: now() - 61 })],
    ['an exp that is text', () => forge({ ...claims(), exp: String(now() + 60) })],
    ['an iat in the future', () => forge({ ...claims(), iat: now() + 300 })],
    ['an nbf in the future', () => forge({ ...claims(), nbf: now() + 300 })],
    ['another audience', () => forge({ ...claims(), aud: 'other' })],
    ['another issuer', () => forge({ ...claims(), iss: 'http://evil' })],
    ['typ JWT', () => forge(claims(), { ...header, typ: 'JWT' })],
    ['no typ', () => forge(claims(), { alg: 'RS256', kid: header.kid })],
    ['no kid', () => forge(claims(), { alg: 'RS256', typ: 'at+jwt' })],
    ['a kid that is a path', () => forge(claims(), { ...header, kid: '../../../../dev/null' })],
    ['a kid that is SQL', () => forge(claims(), { ...header, kid: "' OR 1=1 --" })],
    ['a kid of 4 kB', () => forge(claims(), { ...header, kid: 'A'.repeat(4_000) })],
    ['a kid that is not text', () => forge(claims(), { ...header, kid: { toString: header.kid } })],
    ['an unknown kid', () => forge(claims(), { ...header, kid: 'A'.repeat(43) })],
    ['an unknown critical extension', () => forge(claims(), { ...header, crit: ['exp'] })],
    ['no subject', () => forge(without('sub'))],
    ['no scope claim', () => forge(without('scope'))],
    ['text that is not a token', () => 'x.y.z'],
  ];
  return { signer, claims, forge, refused };
}
