import { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { callerOf, requireScope, visibleClient } from '../auth/authenticate';
import { UNKNOWN_PATH } from '../contracts/problem';
import { groupBy } from '../group-by';
import { idempotentRequest } from '../idempotency/idempotency-key';
import { type IdempotentRequest } from '../idempotency/idempotency-records';
import { addLogField } from '../observability/context';
import { type PageRequest } from '../postgres/keyset-page';
import { originOf } from '../event-log/event';
import { jsonBody } from './json-body';
import { methodNotAllowed } from './error-handler';
import { type Operation, type OperationContext } from './operation';
import { parseBody, parseParams, parseQuery } from './validate';

/** The checks in front of the operations of a service. */
export interface AccessChecks {
  /** Authenticates the caller; anything but a valid token is an error. */
  authenticate: RequestHandler;
  /** Counts the request against the quota of its caller or, without a caller, of its address. */
  limit: RequestHandler;
}

/** Creates the routes of operations: token, quota, scope, input checks, then the operation; 405 for any other method of a path. */
export function operationRoutes(operations: readonly Operation[], checks: AccessChecks): Router {
  const router = Router();
  const paths = [...groupBy(operations, ({ path }) => path)].sort(([a], [b]) => compareLiteralFirst(a, b));
  for (const [path, ofPath] of paths) {
    const route = router.route(toExpressPath(path));
    for (const operation of ofPath) route[operation.method](...handlers(operation, checks));
    route.all(methodNotAllowed(...ofPath.flatMap(allowedMethods)));
  }
  return router;
}

function handlers(operation: Operation, checks: AccessChecks) {
  const parsers = operation.rawBody?.parsers ?? (operation.body ? jsonBody : []);
  const onError = operation.onError ? [operation.onError] : [];
  return [...checksOf(operation, checks), ...parsers, run(operation), ...onError];
}

function checksOf({ access, quota, prepare }: Operation, { authenticate, limit }: AccessChecks) {
  const limits = quota === 'none' ? [] : [limit];
  const preparations = prepare ? [prepare] : [];
  return access === 'public'
    ? [...preparations, ...limits]
    : [...preparations, authenticate, ...limits.map(limitUnauthenticated), ...limits, requireScope(access)];
}

/** Counts a request without a valid token against its address. */
function limitUnauthenticated(limit: RequestHandler): ErrorRequestHandler {
  return (error, request, response, next) => {
    void limit(request, response, (limited?: unknown) => next(limited ?? error));
  };
}

function run(operation: Operation): RequestHandler {
  return async (request, response) => {
    const { params: schema, notFound = UNKNOWN_PATH } = operation;
    const params = schema && parseParams(schema, request, notFound);
    logOrderId(params);
    await operation.handle(
      new Context(request, response, {
        params,
        query: operation.query && parseQuery(operation.query, request),
        body: operation.body && parseBody(operation.body, request),
        // Read last, and by every idempotent operation: an invalid header is refused before anything is executed.
        idempotency: operation.idempotent && idempotencyOf(request, operation),
      }),
    );
  };
}

const idempotencyOf = (request: Request, operation: Operation): IdempotentRequest | null =>
  idempotentRequest(request, operation, callerOf(request).clientId);

/** Adds the order id of the path to every log line of the request. */
function logOrderId(params: unknown): void {
  const { order_id: orderId } = (params ?? {}) as { order_id?: string };
  if (orderId !== undefined) addLogField('order_id', orderId);
}

interface Input extends Pick<OperationContext<unknown, unknown, unknown>, 'params' | 'query' | 'body'> {
  idempotency: IdempotentRequest | null | undefined;
}

/** Determines the caller only when a handler reads it. */
class Context implements OperationContext<unknown, unknown, unknown> {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;

  constructor(
    readonly request: Request,
    readonly response: Response,
    private readonly input: Input,
  ) {
    this.params = input.params;
    this.query = input.query;
    this.body = input.body;
  }

  get caller() {
    return callerOf(this.request);
  }

  get owner() {
    return this.caller.clientId;
  }

  get visibleOwner() {
    return visibleClient(this.caller);
  }

  get actor() {
    return this.caller.clientId;
  }

  get origin() {
    return originOf(this.actor);
  }

  get page() {
    const { limit, cursor } = (this.query ?? {}) as Partial<PageRequest>;
    if (limit === undefined) throw new Error('this operation has no page parameters');
    return { limit, cursor };
  }

  get idempotency() {
    const { idempotency } = this.input;
    if (idempotency === undefined) throw new Error('this operation is not idempotent');
    return idempotency;
  }
}

/** The paths at which a request may become a WebSocket, for the HTTP server. */
export function webSocketPaths(operations: readonly Operation[]): string[] {
  return operations.filter(({ upgrade }) => upgrade).flatMap(({ path }) => [path, `/v1${path}`]);
}

const toExpressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** `/orders/export` must come before `/orders/{order_id}`, which would treat `export` as an id. */
const compareLiteralFirst = (a: string, b: string): number =>
  a.replaceAll('{', '~') < b.replaceAll('{', '~') ? -1 : 1;

const allowedMethods = ({ method }: Operation): string[] =>
  method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
