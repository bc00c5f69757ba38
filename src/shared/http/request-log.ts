import { type Request, type RequestHandler } from 'express';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';

/** One line, and one observation, per answered request. Health probes are logged at debug level, to keep the log readable. */
export function requestLog(logger: Logger, metrics?: Metrics): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const path = request.path;
    response.once('close', () => {
      const elapsedMs = performance.now() - startedAt;
      metrics?.requestEnded({
        method: request.method,
        route: routeOf(request),
        status: response.statusCode,
        seconds: elapsedMs / 1_000,
      });
      const fields = {
        method: request.method,
        path,
        status: response.statusCode,
        duration_ms: Math.round(elapsedMs * 10) / 10,
        ...(!response.writableFinished && { aborted: true }),
      };
      if (path.startsWith('/health')) logger.debug('request', fields);
      else logger.info('request', fields);
    });
    next();
  };
}

/** The path as it was declared: labels must be few, whatever is asked for. */
function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? path : 'none';
}
