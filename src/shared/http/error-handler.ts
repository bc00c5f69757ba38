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

/** The path of the page that the `type` of a problem links to, in every service. */
export const ERROR_DOCS_PATH = '/docs/errors.md';

const DOCS_FOLDER = join(__dirname, '..', '..', '..', 'docs');

/** The maximum number of faults that an error answer lists; it counts the others. */
export const MAX_LISTED_ERRORS = 20;

/** The size limits of texts in an error answer, in bytes of JSON: names and paths come from the request. */
const MAX_TEXT_BYTES = 200;
const MAX_DETAIL_BYTES = 1_000;

/** Converts any thrown value to an RFC 9457 problem. The caller never sees the text of an internal error. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = toLoggedError(thrown, logger);
    // The answer has already begun. Express would print the stack beside the log, so the connection is closed here.
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

/** Converts any thrown value to a problem; internal errors are logged. */
export function problemOf(thrown: unknown, instance: string, logger: Logger): Problem {
  return toProblem(toLoggedError(thrown, logger), instance);
}

function toLoggedError(thrown: unknown, logger: Logger): AppError | null {
  const error = toAppError(thrown);
  if (!error)
    logger.error('a request failed', { error: String(thrown), stack: (thrown as Error | null)?.stack });
  else if (error.kind === 'unavailable')
    logger.warn('a request could not be served', { error: String(error.cause ?? error) });
  else if (error.kind === 'bad_gateway')
    logger.error('the response of another service cannot be used', {
      error: error.message,
      cause: String(error.cause),
    });
  return error;
}

function toProblem(error: AppError | null, instance: string): Problem {
  const { code, status, title, detail } = error?.type ?? INTERNAL_ERROR;
  const problem = {
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
    ...(error?.earliestCursor !== undefined && { earliest_cursor: error.earliestCursor }),
  };
  return boundedProblem(problem, error?.mostListed);
}

/** Null for an internal error: one that the caller did not cause and that is not temporary. */
function toAppError(thrown: unknown): AppError | null {
  const error = asUnavailable(thrown);
  if (error instanceof AppError) return error;
  return fromExpress(thrown as { status?: number } | null);
}

/** Errors of Express and of its body readers have a status, but a text that is not meant for callers. */
function fromExpress(error: { status?: number } | null): AppError | null {
  if (error?.status !== 400) return null;
  return new AppError(MALFORMED_REQUEST, 'the request could not be read');
}

/**
 * Limits a problem to about 12 kB of JSON, whatever was sent: a small request must not cause a large error answer.
 *
 * @param mostListed more faults than usual, for an answer to a large file.
 */
export function boundedProblem(problem: Problem, mostListed = MAX_LISTED_ERRORS): Problem {
  const { errors, allowed, more_errors: more = 0 } = problem;
  const unlisted = Math.max(0, (errors?.length ?? 0) - mostListed) + more;
  return {
    ...problem,
    detail: boundedText(problem.detail, MAX_DETAIL_BYTES),
    instance: boundedText(problem.instance, MAX_TEXT_BYTES),
    ...(errors && { errors: errors.slice(0, mostListed).map(boundedError) }),
    ...(unlisted > 0 && { more_errors: unlisted }),
    ...(allowed && { allowed: allowed.slice(0, MAX_LISTED_ERRORS).map((step) => boundedText(step)) }),
  };
}

const boundedError = ({ path, message, code }: FieldError): FieldError => ({
  path: boundedText(path),
  message: boundedText(message),
  ...(code !== undefined && { code }),
});

/** Shortens text to `maxBytes` of JSON; an ellipsis replaces the part that is cut off. */
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

/** The size of text in JSON, without the quotes. A control character takes six bytes, a character outside ASCII up to four. */
const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** The last route, for paths that no other route matches. */
export const unknownPath: RequestHandler = (request, _response, next) => {
  next(new AppError(UNKNOWN_PATH, `the path ${request.path} does not exist`));
};

/** The last handler of a path: any other method gets 405 with `Allow` (RFC 9110 §15.5.6). */
export function methodNotAllowed(...allow: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const detail = `${request.method} is not allowed for this path; use ${allow.join(' or ')}`;
    next(new AppError(METHOD_NOT_ALLOWED, detail, { allow }));
  };
}

/** The catalogue of error codes, as Markdown. */
export const errorDocs: RequestHandler = (_request, response) => {
  response.type('text/markdown').sendFile('errors.md', { root: DOCS_FOLDER });
};
