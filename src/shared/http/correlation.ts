import { randomUUID } from 'node:crypto';
import { type RequestHandler } from 'express';
import { CORRELATION_ID_PATTERN } from '../contracts/ids';
import { runInContext } from '../observability/context';
import { childTraceparent } from '../observability/tracing';

/** Runs each request in its own context and returns its id: the caller's `X-Correlation-Id` when well-formed, else a new one. */
export const correlation: RequestHandler = (request, response, next) => {
  const given = request.get('X-Correlation-Id');
  const correlationId = given !== undefined && CORRELATION_ID_PATTERN.test(given) ? given : randomUUID();
  response.set('X-Correlation-Id', correlationId);
  runInContext({ correlationId, traceparent: childTraceparent(request.get('traceparent')) }, next);
};
