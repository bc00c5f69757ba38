import { randomUUID, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { algorithmOf, keyId, SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-algorithm';

/** The claims of an access token (RFC 9068, JWT profile for OAuth 2.0 access tokens). */
export interface AccessTokenClaims {
  sub: string;
  clientId: string;
  scopes: readonly string[];
  jti: string;
  /** Seconds since 1970. */
  issuedAt: number;
  /** Seconds since 1970. */
  expiresAt: number;
}

export interface TokenSigner {
  /** The current signing key. */
  signingKey: () => KeyObject;
  issuer: string;
  audience: string;
  /** Lifetime in seconds. */
  expiresIn: number;
}

export interface TokenVerifier {
  /**
   * The public key with that id for that algorithm; null when the issuer has none.
   *
   * @throws AppError `unavailable` when the issuer's keys cannot be read.
   */
  findKey: (kid: string, algorithm: SigningAlgorithm) => Promise<KeyObject | null>;
  issuer: string;
  audience: string;
}

const TYPE = 'at+jwt';
/** The maximum difference between the clocks of issuer and verifier. */
export const CLOCK_LEEWAY_SECONDS = 60;

const completeToken = z.object({
  header: z.object({
    typ: z.string().refine((typ) => typ.toLowerCase() === TYPE, `typ must be ${TYPE}`),
    crit: z.undefined().optional(),
  }),
  payload: z.object({
    sub: z.string().min(1),
    client_id: z.string().min(1),
    scope: z.string(),
    jti: z.string().min(1),
    exp: z.number(),
    iat: z.number(),
  }),
});

/** All other header members (`jku`, `x5u`, `jwk`) are ignored. */
const claimedHeader = z.object({ kid: z.string().regex(/^[\w-]{43}$/), alg: z.enum(SIGNING_ALGORITHMS) });

const signInThreadPool = promisify(sign);

/** Signs an access token for a client. */
export function signAccessToken(signer: TokenSigner, clientId: string, scopes: readonly string[]): string {
  const { header, claims, key } = tokenParts(signer, clientId, scopes);
  return jwt.sign(claims, key, { algorithm: header.alg, header });
}

/**
 * The same in the thread pool, which `jsonwebtoken` cannot do: an RSA signature takes a millisecond, for which other requests would wait.
 */
export async function signAccessTokenAside(
  signer: TokenSigner,
  clientId: string,
  scopes: readonly string[],
): Promise<string> {
  const { header, claims, key } = tokenParts(signer, clientId, scopes);
  const content = `${encoded(header)}.${encoded(claims)}`;
  // RFC 7518 §3.4 wants the two numbers of an ECDSA signature joined, not in DER. RSA ignores the option.
  const signature = await signInThreadPool('sha256', Buffer.from(content), {
    key,
    dsaEncoding: 'ieee-p1363',
  });
  return `${content}.${signature.toString('base64url')}`;
}

function tokenParts(signer: TokenSigner, clientId: string, scopes: readonly string[]) {
  const key = signer.signingKey();
  const issuedAt = Math.floor(Date.now() / 1_000);
  const header = { alg: algorithmOf(key), typ: TYPE, kid: keyId(key) };
  const claims = {
    client_id: clientId,
    scope: scopes.join(' '),
    iat: issuedAt,
    exp: issuedAt + signer.expiresIn,
    aud: signer.audience,
    iss: signer.issuer,
    sub: clientId,
    jti: randomUUID(),
  };
  return { header, claims, key };
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/**
 * Options that `jsonwebtoken` needs, because by default it accepts any issuer, any audience and every algorithm of the key's family. The key is
 * found for one of the algorithms only.
 */
export function verifyOptions(verifier: Pick<TokenVerifier, 'issuer' | 'audience'>) {
  return {
    algorithms: [...SIGNING_ALGORITHMS],
    issuer: verifier.issuer,
    audience: verifier.audience,
    clockTolerance: CLOCK_LEEWAY_SECONDS,
  };
}

/**
 * The claims of a token whose signature, issuer, audience and expiry have been verified. Checks what `jsonwebtoken` does not: a missing
 * `exp`, another `typ`, an unknown `crit`, an `iat` in the future. Null when the token is not acceptable.
 *
 * @param token header and payload, as `jwt.verify` returns them with `complete: true`.
 * @param now seconds since 1970.
 */
export function acceptedClaims(token: unknown, now: number): AccessTokenClaims | null {
  const { data } = completeToken.safeParse(token);
  if (!data || data.payload.iat > now + CLOCK_LEEWAY_SECONDS) return null;
  const { sub, client_id, scope, jti, iat, exp } = data.payload;
  const scopes = scope.split(' ').filter(Boolean);
  return { sub, clientId: client_id, scopes, jti, issuedAt: iat, expiresAt: exp };
}

export interface ClaimedKey {
  id: string;
  algorithm: SigningAlgorithm;
}

/** The key and algorithm that a token names in its header; null unless they have the form of this system's. */
export function claimedKey(token: string): ClaimedKey | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
    const { data } = claimedHeader.safeParse(header);
    return data ? { id: data.kid, algorithm: data.alg } : null;
  } catch {
    return null;
  }
}
