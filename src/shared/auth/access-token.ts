import { createHash, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';

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
   * The public key with that id; null when the issuer has none.
   *
   * @throws AppError `unavailable` when the issuer's keys cannot be read.
   */
  findKey: (kid: string) => Promise<KeyObject | null>;
  issuer: string;
  audience: string;
}

const ALGORITHM = 'RS256' as const;
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
const claimedHeader = z.object({ kid: z.string().regex(/^[\w-]{43}$/) });

const keyIds = new WeakMap<KeyObject, string>();

/** Signs an access token for a client. */
export function signAccessToken(signer: TokenSigner, clientId: string, scopes: readonly string[]): string {
  const key = signer.signingKey();
  return jwt.sign({ client_id: clientId, scope: scopes.join(' ') }, key, {
    algorithm: ALGORITHM,
    header: { alg: ALGORITHM, typ: TYPE, kid: keyId(key) },
    issuer: signer.issuer,
    audience: signer.audience,
    subject: clientId,
    expiresIn: signer.expiresIn,
    jwtid: randomUUID(),
  });
}

/** Options that `jsonwebtoken` needs, because by default it accepts any issuer, any audience and every algorithm of the key's family. */
export function verifyOptions(verifier: Pick<TokenVerifier, 'issuer' | 'audience'>) {
  return {
    algorithms: [ALGORITHM],
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

/** The id of the key that a token names in its header; null unless it has the form of this system's key ids. */
export function claimedKeyId(token: string): string | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
    return claimedHeader.safeParse(header).data?.kid ?? null;
  } catch {
    return null;
  }
}

/** The key's RFC 7638 thumbprint, the same for the private and the public half. */
export function keyId(key: KeyObject): string {
  const known = keyIds.get(key);
  if (known !== undefined) return known;
  const { e, n } = key.export({ format: 'jwk' });
  const thumbprint = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
  keyIds.set(key, thumbprint);
  return thumbprint;
}
