import { join } from 'node:path';
import { type ErrorRequestHandler, type RequestHandler } from 'express';
import {
  type FieldError,
  INTERNAL_ERROR,
  MALFORMED_REQUEST,
  METHOD_NOT_ALLOWED,
  type Problem,
  PROBLEM_CONTENT_TYPE,
  UNKNOWN_PATH,
} from '../contracts/problem';
import { AppError } from '../errors';
import { currentContext } from '../observability/context';
import { type Logger } from '../observability/logger';
import { asUnavailable } from '../postgres/database-errors';

/** Where every service serves the page that the `type` of a problem points to. */
export const ERROR_DOCS_PATH = '/docs/errors.md';

const DOCS_FOLDER = join(__dirname, '..', '..', '..', 'docs');

/** The catalogue of error codes, as Markdown. */
export const errorDocs: RequestHandler = (_request, response) => {
  response.type('text/markdown').sendFile('errors.md', { root: DOCS_FOLDER });
};

/** How many faults an error answer lists; of the rest it gives the number. */
export const MAX_LISTED_ERRORS = 20;

/** The largest texts of an error answer, in bytes of their JSON: names and paths come from the request. */
const MAX_TEXT_BYTES = 200;
const MAX_DETAIL_BYTES = 1_000;

/**
 * A problem that takes at most about 12 kB as JSON, whatever was sent: an error answer must not be a way to make a small request
 * into a large answer.
 */
export function boundedProblem(problem: Problem): Problem {
  const { errors, allowed, more_errors: more = 0 } = problem;
  const unlisted = Math.max(0, (errors?.length ?? 0) - MAX_LISTED_ERRORS) + more;
  return {
    ...problem,
    detail: boundedText(problem.detail, MAX_DETAIL_BYTES),
    instance: boundedText(problem.instance, MAX_TEXT_BYTES),
    ...(errors && { errors: errors.slice(0, MAX_LISTED_ERRORS).map(boundedError) }),
    ...(unlisted > 0 && { more_errors: unlisted }),
    ...(allowed && { allowed: allowed.slice(0, MAX_LISTED_ERRORS).map((step) => boundedText(step)) }),
  };
}

const boundedError = ({ path, message }: FieldError): FieldError => ({
  path: boundedText(path),
  message: boundedText(message),
});

/** The text, or as much of its beginning as takes at most so many bytes as JSON; what is cut off shows as an ellipsis. */
export function boundedText(text: string, maxBytes = MAX_TEXT_BYTES): string {
  if (text.length <= maxBytes && jsonBytes(text) <= maxBytes) return text;
  let kept = '';
  let room = maxBytes - jsonBytes('…');
  for (const character of text) {
    room -= jsonBytes(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Without the quotes around it. A control character takes six bytes, a character outside ASCII up to four. */
const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

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

/** Ends a path: any method but those gets 405 with `Allow` (RFC 9110 §15.5.6). */
export function methodNotAllowed(...allow: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const detail = `${request.method} is not possible here; use ${allow.join(' or ')}`;
    next(new AppError(METHOD_NOT_ALLOWED, detail, { allow }));
  };
}
