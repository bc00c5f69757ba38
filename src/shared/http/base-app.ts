import { MALFORMED_REQUEST } from '../contracts/problem';
import cors from 'cors';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { AppError } from '../errors';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { correlation, requestLog } from './request-log';
import { requireKnownExpectation } from './expectation';
import { ERROR_DOCS_PATH, errorDocs, errorHandler, methodNotAllowed, unknownPath } from './error-handler';
import { parsedQuery } from './validate';

const EXPOSED_HEADERS = [
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Correlation-Id',
];

export interface BaseAppOptions {
  logger: Logger;
  metrics?: Metrics;
  /** Proxies whose `X-Forwarded-For` header is trusted. */
  trustedProxies?: readonly string[];
  /** Origins whose pages may call the API from a browser. */
  corsOrigins?: readonly string[];
  /** Runs for every request before its route. */
  observe?: RequestHandler;
}

/**
 * Creates an Express app with the parts that all services share: correlation, request log and security headers before the routes; 404 and
 * problem+json after them.
 */
export function createBaseApp(options: BaseAppOptions, addRoutes: (app: Express) => void): Express {
  const { logger, trustedProxies = [], corsOrigins = [] } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', parsedQuery);
  app.set('trust proxy', trustedProxies.length > 0 ? trustedProxies : false);
  app.use(correlation, requestLog(logger, options.metrics), securityHeaders);
  if (options.observe) app.use(options.observe);
  if (corsOrigins.length > 0) app.use(varyByOrigin, crossOrigin(corsOrigins));
  app.use(requireHost, requireKnownExpectation);
  app.get(ERROR_DOCS_PATH, errorDocs);
  app.all(ERROR_DOCS_PATH, methodNotAllowed('GET', 'HEAD'));
  addRoutes(app);
  app.use(unknownPath, errorHandler(logger));
  return app;
}

/** Returns a function that tells whether the app trusts the forwarding headers of the peer at an address. */
export function trustsPeer(app: Express): (address: string) => boolean {
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return (address) => trusts(address, 0);
}

/** Refuses a request of HTTP/1.1 without a Host (RFC 9112 §3.2). */
const requireHost: RequestHandler = ({ httpVersion, headers }, _response, next) => {
  const isMissing = httpVersion === '1.1' && headers.host === undefined;
  next(isMissing ? new AppError(MALFORMED_REQUEST, 'the header Host is missing') : undefined);
};

/** An API serves data: no answer may be executed or framed. The page at /docs has a policy of its own. */
const securityHeaders = constantHeaders(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
  }),
);

/** Runs a middleware that always sets the same headers once, and then sets these headers on every answer. */
function constantHeaders(middleware: (...parts: Parameters<RequestHandler>) => void): RequestHandler {
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: () => undefined,
  };
  middleware({} as Request, response as unknown as Response, () => undefined);
  return (_request, answer, next) => {
    answer.setHeaders(headers);
    next();
  };
}

/** An answer without CORS headers depends on the origin too: a cache must not serve it to pages of another origin. */
const varyByOrigin: RequestHandler = (_request, response, next) => {
  response.vary('Origin');
  next();
};

/** Other origins get no CORS headers, so that browsers block their pages. */
function crossOrigin(origins: readonly string[]) {
  return cors({
    origin: (origin, decide) => decide(null, origin !== undefined && origins.includes(origin)),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'If-None-Match',
      'Last-Event-ID',
      'X-Correlation-Id',
      // Swagger UI sends it with its token request.
      'X-Requested-With',
    ],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
}
