import { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import { requireScope } from '../auth/require-scope';
import { groupBy } from '../group-by';
import { jsonBody } from './json-body';
import { methodNotAllowed } from './method-not-allowed';
import { type Operation } from './operation';
import { parseBody, parseParams, parseQuery } from './validate';

/** What stands in front of the operations of a service. */
export interface Gate {
  /** Finds out who is asking; anything but a good token is an error. */
  authenticate: RequestHandler;
  /** Counts the request against the quota of its caller, or of its address when it has none. */
  limit: RequestHandler;
}

/** The routes of these operations: token, quota, scope, input checks, then the operation; 405 for any other method of a path. */
export function operationRoutes(operations: readonly Operation[], gate: Gate): Router {
  const router = Router();
  const paths = [...groupBy(operations, ({ path }) => path)].sort(([a], [b]) => compareLiteralFirst(a, b));
  for (const [path, ofPath] of paths) {
    const route = router.route(toExpressPath(path));
    for (const operation of ofPath) route[operation.method](...handlers(operation, gate));
    route.all(methodNotAllowed(...ofPath.flatMap(allowedMethods)));
  }
  return router;
}

function handlers(operation: Operation, gate: Gate) {
  const parsers = operation.rawBody?.parsers ?? (operation.body ? jsonBody : []);
  const onError = operation.onError ? [operation.onError] : [];
  return [...entrance(operation, gate), ...parsers, run(operation), ...onError];
}

function entrance({ access, quota }: Operation, { authenticate, limit }: Gate) {
  const limits = quota === 'none' ? [] : [limit];
  return access === 'public'
    ? limits
    : [authenticate, ...limits.map(limitStranger), ...limits, requireScope(access)];
}

/** A request without a good token counts too, against its address. */
function limitStranger(limit: RequestHandler): ErrorRequestHandler {
  return (error, request, response, next) => {
    void limit(request, response, (limited?: unknown) => next(limited ?? error));
  };
}

function run(operation: Operation): RequestHandler {
  return async (request, response) => {
    await operation.handle({
      params: operation.params && parseParams(operation.params, request),
      query: operation.query && parseQuery(operation.query, request),
      body: operation.body && parseBody(operation.body, request),
      request,
      response,
    });
  };
}

const toExpressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** `/orders/export` must come before `/orders/{order_id}`, which would take it for an id. */
const compareLiteralFirst = (a: string, b: string): number =>
  a.replaceAll('{', '~') < b.replaceAll('{', '~') ? -1 : 1;

const allowedMethods = ({ method }: Operation): string[] =>
  method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
