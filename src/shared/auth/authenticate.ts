import { type Request, type RequestHandler } from 'express';
import { Passport } from 'passport';
import { ExtractJwt, Strategy, type VerifiedCallback } from 'passport-jwt';
import { INSUFFICIENT_SCOPE, INVALID_TOKEN, MISSING_TOKEN } from '../contracts/problem';
import { type Scope, SEE_ALL_SCOPES } from '../contracts/scopes';
import { AppError } from '../errors';
import { addLogField } from '../observability/context';
import {
  acceptedClaims,
  type AccessTokenClaims,
  claimedKeyId,
  type TokenVerifier,
  verifyOptions,
} from './access-token';
import { type LookUpTokenStatus } from './token-status';
import { createVerifiedTokens, type VerifiedTokens } from './verify-token';

declare module 'express-serve-static-core' {
  interface Request {
    /** The authenticated caller; set by {@link authenticate}. */
    caller?: AccessTokenClaims;
  }
}

const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * Requires a valid bearer token (RFC 6750, header only). Without one the answer is 401 with `WWW-Authenticate`.
 *
 * @param tokenStatus tells whether the token was revoked, and which of its scopes remain.
 */
export function authenticate(verifier: TokenVerifier, tokenStatus: LookUpTokenStatus): RequestHandler {
  const verified = createVerifiedTokens(verifier);
  const passport = new Passport();
  passport.use(jwtStrategy(verifier, verified));
  return (request, response, next) => {
    const token = bearerToken(request) ?? '';
    const done = async (
      error: unknown,
      claims?: AccessTokenClaims | false,
      info?: unknown,
    ): Promise<void> => {
      const fault = error ?? (info instanceof AppError ? info : undefined);
      if (fault) return next(fault);
      const status = claims ? await tokenStatus(claims, token) : null;
      if (!claims || !status?.active) {
        const hadToken = request.headers.authorization !== undefined;
        response.set('WWW-Authenticate', hadToken ? 'Bearer error="invalid_token"' : 'Bearer');
        return next(unauthenticated(hadToken));
      }
      request.caller = { ...claims, scopes: claims.scopes.filter((scope) => status.scopes.includes(scope)) };
      addLogField('client_id', claims.clientId);
      next();
    };
    const settle = (...outcome: Parameters<typeof done>): void => void done(...outcome).catch(next);
    const check = passport.authenticate('jwt', { session: false }, settle) as RequestHandler;
    verified
      .find(token)
      .then((claims) => (claims ? done(null, claims) : check(request, response, next)))
      .catch(next);
  };
}

function jwtStrategy(verifier: TokenVerifier, verified: VerifiedTokens): Strategy {
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
      passReqToCallback: true,
    },
    (request: Request, token: unknown, done: VerifiedCallback) => {
      const claims = acceptedClaims(token, Math.floor(Date.now() / 1000));
      if (!claims) return done(null, false);
      const text = bearerToken(request) ?? '';
      verified.add(text, claimedKeyId(text) ?? '', claims).then(() => done(null, claims), done);
    },
  );
}

/** @throws Error when the token names no key of the issuer. */
async function findKey(verifier: TokenVerifier, token: string) {
  const kid = claimedKeyId(token);
  const key = kid === null ? null : await verifier.findKey(kid);
  if (!key) throw new Error('the token names no key of the issuer');
  return key;
}

function unauthenticated(hadToken: boolean): AppError {
  return hadToken
    ? new AppError(INVALID_TOKEN, 'the access token is not valid or has expired')
    : new AppError(MISSING_TOKEN, 'send an access token: Authorization: Bearer …');
}

/** Requires a scope; without it the answer is 403 (RFC 6750 §3.1 `insufficient_scope`). */
export function requireScope(scope: Scope): RequestHandler {
  return (request, _response, next) => {
    if (callerOf(request).scopes.includes(scope)) return next();
    next(new AppError(INSUFFICIENT_SCOPE, `this requires the scope ${scope}`, { requiredScopes: [scope] }));
  };
}

/** The authenticated caller. */
export function callerOf(request: Request): AccessTokenClaims {
  if (!request.caller) throw new Error('this route is not behind authenticate()');
  return request.caller;
}

/** The client whose rows the caller may see; null for the rows of all clients. */
export function visibleClient({ scopes, clientId }: AccessTokenClaims): string | null {
  return SEE_ALL_SCOPES.some((scope) => scopes.includes(scope)) ? null : clientId;
}
