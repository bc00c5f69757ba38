import { type ErrorRequestHandler } from 'express';
import { z } from 'zod';
import { type ErrorKind } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { boundedText } from '../../../shared/http/error-handler';
import { type ResponseDeclaration } from '../../../shared/http/operation';
import { OverloadedError } from '../../../shared/resilience/bounded-work';

/** The error codes of RFC 6749 §5.2, and one of §4.1.2.1 for too many wrong secrets and for overload. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'temporarily_unavailable';

/** An error of the OAuth endpoints, which have their own error format. */
export class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly code: OAuthErrorCode,
    description: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    // An answer to the caller, not a fault: nobody reads the stack, and its capture costs more than the comparison of a secret.
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(describable(description));
    Error.stackTraceLimit = depth;
    this.name = 'OAuthError';
  }
}

/** RFC 6749 §5.2 allows printable ASCII without quotes and backslashes; a description may contain sent text. */
const describable = (text: string): string =>
  boundedText(text).replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');

/** Caches must not store answers of these endpoints (RFC 6749 §5.1). */
export const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

/** The kinds of errors in the body, or the query, of a request. */
const UNREADABLE = new Set<ErrorKind>(['invalid_input', 'payload_too_large', 'unsupported_media_type']);

/** Answers errors in the format of RFC 6749 §5.2; a body that could not be read is an invalid request. Other errors become problems. */
export const oauthErrors: ErrorRequestHandler = (thrown: unknown, _request, response, next) => {
  response.set(NO_STORE);
  const error = thrown instanceof OAuthError ? thrown : (overloaded(thrown) ?? unreadableBody(thrown));
  if (!error) return next(thrown);
  response
    .status(error.status)
    .set(error.headers)
    .json({ error: error.code, error_description: error.message });
};

function overloaded(thrown: unknown): OAuthError | null {
  if (!(thrown instanceof OverloadedError)) return null;
  const headers = { 'Retry-After': String(thrown.retryAfterSeconds ?? 1) };
  return new OAuthError(503, 'temporarily_unavailable', thrown.message, headers);
}

function unreadableBody(thrown: unknown): OAuthError | null {
  if (thrown instanceof AppError)
    return UNREADABLE.has(thrown.kind) ? new OAuthError(400, 'invalid_request', thrown.message) : null;
  const { status, type } = thrown as { status?: number; type?: string };
  const isReaderError = type !== undefined && status !== undefined && status < 500;
  return isReaderError ? new OAuthError(400, 'invalid_request', 'the request body could not be read') : null;
}

const oauthError = z
  .object({ error: z.string(), error_description: z.string() })
  .meta({ id: 'OAuthError', description: 'an error in the format of RFC 6749 §5.2' });

/** For the OpenAPI document: an error answer of the OAuth endpoints. */
export function oauthErrorResponse(error: OAuthErrorCode, description: string): ResponseDeclaration {
  const example = { error, error_description: description };
  return { description, content: { 'application/json': { schema: oauthError, example } } };
}

const RETRY_AFTER = { 'Retry-After': 'the seconds to wait before the next attempt' };

/** For the OpenAPI document: the error answers of an endpoint that checks secrets, besides its quota. */
export const OVERLOAD_RESPONSES = {
  429: {
    ...oauthErrorResponse('temporarily_unavailable', 'too many wrong secrets'),
    headers: RETRY_AFTER,
  },
  503: {
    ...oauthErrorResponse('temporarily_unavailable', 'too many secrets are waiting to be checked'),
    headers: RETRY_AFTER,
  },
};
