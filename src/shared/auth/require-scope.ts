import { type Request, type RequestHandler } from 'express';
import { INSUFFICIENT_SCOPE } from '../contracts/problem-types';
import { SEE_ALL_SCOPES, type Scope } from '../contracts/scopes';
import { AppError } from '../errors';
import { type AccessTokenClaims } from './access-token';

/** Lets a request pass only with that scope; else 403 (RFC 6750 §3.1 `insufficient_scope`). */
export function requireScope(scope: Scope): RequestHandler {
  return (request, _response, next) => {
    if (callerOf(request).scopes.includes(scope)) return next();
    next(new AppError(INSUFFICIENT_SCOPE, `this needs the scope ${scope}`, { requiredScopes: [scope] }));
  };
}

/** The authenticated caller. */
export function callerOf(request: Request): AccessTokenClaims {
  if (!request.caller) throw new Error('this route is not behind authenticate()');
  return request.caller;
}

/** The client whose rows the caller may see; null for those of all clients. */
export function visibleClient({ scopes, clientId }: AccessTokenClaims): string | null {
  return SEE_ALL_SCOPES.some((scope) => scopes.includes(scope)) ? null : clientId;
}
