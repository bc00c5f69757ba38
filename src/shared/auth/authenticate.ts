import { type Request, type RequestHandler } from 'express';
import { INSUFFICIENT_SCOPE, INVALID_TOKEN, MISSING_TOKEN } from '../contracts/problem';
import { type Scope, SEE_ALL_SCOPES } from '../contracts/scopes';
import { AppError } from '../errors';
import { addLogField } from '../observability/context';
import { type AccessTokenClaims } from './access-token';
import { bearerToken, type TokenCheck } from './token-check';
import { type LookUpTokenStatus } from './token-status';

declare module 'express-serve-static-core' {
  interface Request {
    /** The authenticated caller; set by {@link authenticate}. */
    caller?: AccessTokenClaims;
  }
}

/**
 * Requires a valid bearer token (RFC 6750, header only). Without one the answer is 401 with `WWW-Authenticate`.
 *
 * @param tokenStatus tells whether the token was revoked, and which of its scopes remain.
 */
export function authenticate(checkToken: TokenCheck, tokenStatus: LookUpTokenStatus): RequestHandler {
  return async (request, response, next) => {
    const token = bearerToken(request);
    const claims = token === null ? null : await checkToken(token);
    const status = claims && (await tokenStatus(claims, token ?? ''));
    if (!claims || !status?.active) {
      const hadToken = request.headers.authorization !== undefined;
      response.set('WWW-Authenticate', hadToken ? 'Bearer error="invalid_token"' : 'Bearer');
      throw unauthenticated(hadToken);
    }
    request.caller = { ...claims, scopes: claims.scopes.filter((scope) => status.scopes.includes(scope)) };
    addLogField('client_id', claims.clientId);
    next();
  };
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
