import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { type Logger } from '../observability/logger';
import { correlation } from './correlation';
import { errorDocs, ERROR_DOCS_PATH } from './error-docs';
import { errorHandler, unknownPath } from './error-handler';
import { requestLog } from './request-log';

/**
 * An Express app with what every service shares around its routes: correlation, request log, security headers in
 * front; 404 and problem+json behind.
 */
export function createBaseApp(logger: Logger, addRoutes: (app: Express) => void): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(correlation, requestLog(logger), helmet(), cors({ origin: false }));
  app.get(ERROR_DOCS_PATH, errorDocs);
  addRoutes(app);
  app.use(unknownPath, errorHandler(logger));
  return app;
}
