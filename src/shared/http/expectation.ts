import { EXPECTATION_FAILED } from '../contracts/problem';
import { type IncomingMessage } from 'node:http';
import { type RequestHandler } from 'express';
import { AppError } from '../errors';

/**
 * Refuses a request with an expectation other than `100-continue` (RFC 9110 §10.1.1).
 *
 * @throws AppError `expectation_failed`.
 */
export const requireKnownExpectation: RequestHandler = (request, _response, next) => {
  const isKnown = expectationOf(request) === undefined || expectsContinue(request);
  next(
    isKnown ? undefined : new AppError(EXPECTATION_FAILED, 'the only supported expectation is 100-continue'),
  );
};

/** Whether the caller waits for an interim answer before it sends the body. */
export const expectsContinue = (request: IncomingMessage): boolean =>
  expectationOf(request)?.toLowerCase() === '100-continue';

/** The `Expect` header; ignored in HTTP/1.0, which has no interim answers. */
const expectationOf = ({ headers, httpVersion }: IncomingMessage): string | undefined =>
  httpVersion === '1.0' ? undefined : headers.expect;
