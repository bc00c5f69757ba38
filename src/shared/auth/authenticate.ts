import { type RequestHandler } from 'express';
import { Passport } from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AppError } from '../errors';
import { addLogField } from '../observability/context';
import { acceptedClaims, verifyOptions, type AccessTokenClaims, type TokenVerifier } from './access-token';

declare module 'express-serve-static-core' {
  interface Request {
    /** Who is asking; set by {@link authenticate}. */
    caller?: AccessTokenClaims;
  }
}

/** Requires a valid bearer token (RFC 6750, header only). Without one the answer is 401 with `WWW-Authenticate`. */
export function authenticate(verifier: TokenVerifier): RequestHandler {
  const passport = new Passport();
  passport.use(jwtStrategy(verifier));
  return (request, response, next) => {
    const done = (error: unknown, claims?: AccessTokenClaims | false): void => {
      if (error) return next(error);
      if (!claims) {
        const hadToken = request.headers.authorization !== undefined;
        response.set('WWW-Authenticate', hadToken ? 'Bearer error="invalid_token"' : 'Bearer');
        return next(unauthenticated(hadToken));
      }
      request.caller = claims;
      addLogField('client_id', claims.clientId);
      next();
    };
    const run = passport.authenticate('jwt', { session: false }, done) as RequestHandler;
    void run(request, response, next);
  };
}

function jwtStrategy(verifier: TokenVerifier): Strategy {
  return new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // A KeyObject: with a PEM string every verification would parse the key again, 50 times the cost.
      secretOrKeyProvider: (_request, _token, done) => done(null, verifier.publicKey as unknown as string),
      ...verifyOptions(verifier),
      jsonWebTokenOptions: { ...verifyOptions(verifier), complete: true },
    },
    (token: unknown, done) => {
      done(null, acceptedClaims(token, Math.floor(Date.now() / 1000)) ?? false);
    },
  );
}

function unauthenticated(hadToken: boolean): AppError {
  return hadToken
    ? new AppError('unauthenticated', 'the access token is not valid or has expired', {
        code: 'invalid_token',
      })
    : new AppError('unauthenticated', 'send an access token: Authorization: Bearer …', {
        code: 'missing_token',
      });
}
