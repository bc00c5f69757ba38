import { INTERNAL_ERROR, MALFORMED_REQUEST, UNKNOWN_PATH } from '../contracts/problem-types';
import { type ErrorRequestHandler, type RequestHandler } from 'express';
import { PROBLEM_CONTENT_TYPE, type Problem } from '../contracts/problem';
import { AppError } from '../errors';
import { boundedProblem } from './bounded-problem';
import { ERROR_DOCS_PATH } from './error-docs';
import { currentContext } from '../observability/context';
import { type Logger } from '../observability/logger';
import { asUnavailable } from '../postgres/database-errors';

/** The last route: nothing matched. */
export const unknownPath: RequestHandler = (request, _response, next) => {
  next(new AppError(UNKNOWN_PATH, `there is nothing at ${request.path}`));
};

/** Turns whatever was thrown into an RFC 9457 problem. The caller never sees the text of an error that is ours. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = explained(thrown, logger);
    // Too late for another answer. Express would print the stack beside the log, so the connection is cut here.
    if (response.headersSent) return void request.socket.destroy();
    const problem = toProblem(error, request.originalUrl.split('?')[0] ?? '/');
    if (error?.retryAfterSeconds !== undefined) response.set('Retry-After', String(error.retryAfterSeconds));
    if (error?.currentVersion !== undefined) response.set('ETag', `"${error.currentVersion}"`);
    if (error?.requiredScopes) response.set('WWW-Authenticate', insufficientScope(error.requiredScopes));
    if (error?.allow) response.set('Allow', error.allow.join(', '));
    response.status(problem.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
  };
}

/** The challenge of RFC 6750 §3.1. */
const insufficientScope = (scopes: readonly string[]): string =>
  `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`;

/** The problem that tells of whatever was thrown, which is logged when it is ours. */
export function problemOf(thrown: unknown, instance: string, logger: Logger): Problem {
  return toProblem(explained(thrown, logger), instance);
}

function explained(thrown: unknown, logger: Logger): AppError | null {
  const error = toAppError(thrown);
  if (!error)
    logger.error('a request failed', { error: String(thrown), stack: (thrown as Error | null)?.stack });
  else if (error.kind === 'unavailable')
    logger.warn('a request could not be served', { error: String(error.cause ?? error) });
  else if (error.kind === 'bad_gateway')
    logger.error('another service gave an answer that cannot be used', {
      error: error.message,
      cause: String(error.cause),
    });
  return error;
}

function toProblem(error: AppError | null, instance: string): Problem {
  const { code, status, title, detail } = error?.type ?? INTERNAL_ERROR;
  return boundedProblem({
    type: `${ERROR_DOCS_PATH}#${code}`,
    title,
    status,
    detail: error?.message ?? detail,
    instance,
    code,
    correlation_id: currentContext()?.correlationId ?? '',
    ...(error?.errors && { errors: error.errors }),
    ...(error && error.moreErrors > 0 && { more_errors: error.moreErrors }),
    ...(error?.allowed && { allowed: error.allowed }),
    ...(error?.currentVersion !== undefined && { current_version: error.currentVersion }),
  });
}

/** Null: not the caller's doing, and nothing that passes by itself. */
function toAppError(thrown: unknown): AppError | null {
  const error = asUnavailable(thrown);
  if (error instanceof AppError) return error;
  return fromExpress(thrown as { status?: number } | null);
}

/** The errors of Express and of reading a body carry a status, but a text that is not for callers. */
function fromExpress(error: { status?: number } | null): AppError | null {
  if (error?.status !== 400) return null;
  return new AppError(MALFORMED_REQUEST, 'the request could not be read');
}
