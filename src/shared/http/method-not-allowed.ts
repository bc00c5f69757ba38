import { METHOD_NOT_ALLOWED } from '../contracts/problem-types';
import { type RequestHandler } from 'express';
import { AppError } from '../errors';

/** Ends a path: any method but those gets 405 with `Allow` (RFC 9110 §15.5.6). */
export function methodNotAllowed(...allow: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const detail = `${request.method} is not possible here; use ${allow.join(' or ')}`;
    next(new AppError(METHOD_NOT_ALLOWED, detail, { allow }));
  };
}
