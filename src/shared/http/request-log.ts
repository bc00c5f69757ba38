import { type RequestHandler } from 'express';
import { type Logger } from '../observability/logger';

/** One line per answered request. Health probes are logged at debug level, to keep the log readable. */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    const path = request.path;
    response.once('close', () => {
      const fields = {
        method: request.method,
        path,
        status: response.statusCode,
        duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(!response.writableFinished && { aborted: true }),
      };
      if (path.startsWith('/health')) logger.debug('request', fields);
      else logger.info('request', fields);
    });
    next();
  };
}
