import { type KeyObject } from 'node:crypto';
import { type Request, type RequestHandler, type Response } from 'express';
import { LRUCache } from 'lru-cache';
import { Passport } from 'passport';
import { ExtractJwt, Strategy, type VerifiedCallback } from 'passport-jwt';
import { AppError } from '../errors';
import {
  acceptedClaims,
  type AccessTokenClaims,
  type ClaimedKey,
  claimedKey,
  CLOCK_LEEWAY_SECONDS,
  type TokenVerifier,
  verifyOptions,
} from './access-token';

/**
 * Checks the signature, the issuer, the audience and the times of an access token; not whether it was revoked, see `cachedTokenStatus`.
 *
 * @returns the claims; null for a token that this system did not issue or that has expired.
 * @throws AppError `unavailable` when the keys of the issuer cannot be read.
 */
export type TokenCheck = (token: string) => Promise<AccessTokenClaims | null>;

/** The bearer token of a request (RFC 6750 §2.1, header only); null without one. */
export const bearerToken: (request: Request) => string | null = ExtractJwt.fromAuthHeaderAsBearerToken();

interface Verified {
  claims: AccessTokenClaims;
  claimed: ClaimedKey;
  key: KeyObject | null;
}

const MAX_VERIFIED = 10_000;

/** The compact form of a JWT (RFC 7515 §3.1). Tokens of this system have less than 2 kB; longer text is not checked or cached. */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MAX_LENGTH = 4_096;

/** Creates the check of access tokens. A token that was verified recently needs no second signature check while its key is published. */
export function createTokenCheck(verifier: TokenVerifier): TokenCheck {
  const verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });
  const passport = new Passport();
  passport.use(jwtStrategy(verifier));

  async function findVerified(token: string): Promise<AccessTokenClaims | null> {
    const entry = verified.get(token);
    if (!entry) return null;
    const isExpired = entry.claims.expiresAt + CLOCK_LEEWAY_SECONDS <= Date.now() / 1_000;
    if (!isExpired && entry.key !== null && entry.key === (await findClaimedKey(verifier, entry.claimed)))
      return entry.claims;
    verified.delete(token);
    return null;
  }

  return async (token) => {
    if (token.length > MAX_LENGTH || !COMPACT_FORM.test(token)) return null;
    const known = await findVerified(token);
    if (known) return known;
    const claims = await runStrategy(passport, token);
    const claimed = claims && claimedKey(token);
    if (claimed) verified.set(token, { claims, claimed, key: await findClaimedKey(verifier, claimed) });
    return claims;
  };
}

function jwtStrategy(verifier: TokenVerifier): Strategy {
  return new Strategy(
    {
      jwtFromRequest: bearerToken,
      // A KeyObject, because with a PEM string every verification would parse the key again, at 50 times the cost.
      secretOrKeyProvider: (_request, token: string, done) => {
        findKey(verifier, token).then(
          (key) => done(null, key as unknown as string),
          (error: unknown) => done(error),
        );
      },
      ...verifyOptions(verifier),
      jsonWebTokenOptions: { ...verifyOptions(verifier), complete: true },
    },
    (token: unknown, done: VerifiedCallback) => {
      done(null, acceptedClaims(token, Math.floor(Date.now() / 1000)) ?? false);
    },
  );
}

/** Runs the strategy on a token, regardless of where it was sent in the request. */
function runStrategy(
  passport: InstanceType<typeof Passport>,
  token: string,
): Promise<AccessTokenClaims | null> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown, claims?: AccessTokenClaims | false, info?: unknown): void => {
      const fault = error ?? (info instanceof AppError ? info : undefined);
      if (fault) reject(fault as Error);
      else resolve(claims || null);
    };
    const request = { headers: { authorization: `Bearer ${token}` } } as Request;
    const run = passport.authenticate('jwt', { session: false }, settle) as RequestHandler;
    void run(request, {} as Response, reject);
  });
}

/** @throws Error when the token names no key of the issuer, or another algorithm than the one that the key is for. */
async function findKey(verifier: TokenVerifier, token: string) {
  const claimed = claimedKey(token);
  const key = claimed && (await findClaimedKey(verifier, claimed));
  if (!key) throw new Error('the token names no key of the issuer');
  return key;
}

const findClaimedKey = (verifier: TokenVerifier, { id, algorithm }: ClaimedKey): Promise<KeyObject | null> =>
  verifier.findKey(id, algorithm);
