import { randomUUID } from 'node:crypto';
import { type Request, type RequestHandler } from 'express';
import { CORRELATION_ID_PATTERN } from '../contracts/text';
import { childTraceparent, runInContext } from '../observability/context';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { SWITCHING_PROTOCOLS } from './upgrade';

/** Health checks, scrapes, and the keys that services fetch. */
const PROBES = new Set(['/health', '/health/live', '/health/ready', '/metrics', '/.well-known/jwks.json']);

/**
 * Runs each request in its own context and returns its correlation id: the caller's `X-Correlation-Id` if it is well-formed, else a new
 * one.
 */
export const correlation: RequestHandler = (request, response, next) => {
  const given = request.get('X-Correlation-Id');
  const correlationId = given !== undefined && CORRELATION_ID_PATTERN.test(given) ? given : randomUUID();
  response.set('X-Correlation-Id', correlationId);
  runInContext({ correlationId, traceparent: childTraceparent(request.get('traceparent')) }, next);
};

/**
 * Writes one log line and one metric observation per answered request. Requests that machines repeat all the time are logged at debug
 * level, to keep the log readable, unless they are refused: a refusal means that a caller is wrongly configured.
 */
export function requestLog(logger: Logger, metrics?: Metrics): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const path = request.path;
    const { method } = request;
    response.once('close', () => {
      const elapsedMs = performance.now() - startedAt;
      const { statusCode: status } = response;
      const route = routeOf(request);
      metrics?.requestEnded({ method, route, status, seconds: elapsedMs / 1_000 });
      const fields = {
        method,
        path,
        status,
        duration_ms: Math.round(elapsedMs * 10) / 10,
        ...(!response.writableFinished && status !== SWITCHING_PROTOCOLS && { aborted: true }),
      };
      const isRefused = status >= 400 && status < 500;
      if (PROBES.has(route) && !isRefused) logger.debug('request', fields);
      else logger.info('request', fields);
    });
    next();
  };
}

/** The path as declared: labels must have few values, whatever paths are requested. */
function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'none';
}
