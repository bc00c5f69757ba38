import { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { type z } from 'zod';
import { type AccessTokenClaims } from '../auth/access-token';
import { type ProblemType } from '../contracts/problem';
import { type Scope } from '../contracts/scopes';
import { type Origin } from '../event-log/event';
import { type IdempotentRequest } from '../idempotency/idempotency-records';
import { type PageRequest } from '../postgres/keyset-page';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The input of a handler: the caller, the validated parts of the request, and Express' own objects for everything else. */
export interface OperationContext<Params, Query, Body> {
  /** The claims of the access token. This and the next four properties throw in an operation with `access: 'public'`. */
  readonly caller: AccessTokenClaims;
  /** The client that owns the resources that the caller creates; the actor is the caller itself. */
  readonly owner: string;
  /** The owner whose rows the caller may see; null for the rows of all owners. */
  readonly visibleOwner: string | null;
  /** The actor, as the event log records it. */
  readonly actor: string;
  /** The origin of the events that the operation causes. */
  readonly origin: Origin;
  /** The requested page of a list; throws in an operation whose query has no `pageParameters`. */
  readonly page: PageRequest;
  /** Identifies repeats of the request; null without an `Idempotency-Key`. Throws in an operation that is not `idempotent`. */
  readonly idempotency: IdempotentRequest | null;
  params: Params;
  query: Query;
  body: Body;
  request: Request;
  response: Response;
}

/** One media type of a request or an answer. */
export interface Content {
  schema: z.ZodType;
  example: unknown;
}

export interface ResponseDeclaration {
  description: string;
  /** By media type; absent when the answer has no body. */
  content?: Readonly<Record<string, Content>>;
  /** Additional headers of this answer: name to description. */
  headers?: Readonly<Record<string, string>>;
}

/** A body that the operation reads and validates itself: forms, streams. */
export interface RawBody {
  parsers: readonly RequestHandler[];
  content: Readonly<Record<string, Content>>;
  required?: boolean;
}

/** One operation of an API. Its route, its input checks and its part of the OpenAPI document are derived from this declaration. */
export interface Operation<Params = unknown, Query = unknown, Body = unknown> {
  /** The `operationId`: unique, camelCase, starting with a verb. */
  id: string;
  method: Method;
  /** The path, with parameters in braces as in OpenAPI: `/orders/{order_id}`. */
  path: string;
  tag: string;
  summary: string;
  description: string;
  /** The scope that the caller needs; `public`: no token is required. */
  access: Scope | 'public';
  /** Accepts the header `Idempotency-Key`: a repeated request gets the first answer. The handler passes `idempotency` to its use case. */
  idempotent?: true;
  /** `none`: never counted against a quota, for probes. */
  quota?: 'none';
  /** The handler takes the connection over: see `takeConnection`. */
  upgrade?: 'websocket';
  /** Runs before the caller is authenticated. */
  prepare?: RequestHandler;
  /** The path parameters, which are ids. */
  params?: z.ZodType<Params>;
  /** The answer to an id that does not exist or is malformed; required with `params`. */
  notFound?: ProblemType;
  query?: z.ZodType<Query>;
  /** Request headers for the document; the operation reads them itself. */
  headers?: z.ZodObject;
  /** A JSON body. */
  body?: z.ZodType<Body>;
  bodyExample?: unknown;
  rawBody?: RawBody;
  responses: Readonly<Record<number, ResponseDeclaration>>;
  /** The problems beyond those that the declaration implies (token, scope, validation, quota, outage). */
  problems?: readonly ProblemType[];
  /** Renders errors differently where a standard requires it; passes on all other errors. */
  onError?: ErrorRequestHandler;
  handle: (context: OperationContext<Params, Query, Body>) => Promise<void> | void;
}

/** Declares an operation; the types of its input follow from its schemas. */
export function operation<Params = undefined, Query = undefined, Body = undefined>(
  declaration: Operation<Params, Query, Body>,
): Operation {
  return declaration as unknown as Operation;
}

/** An answer with a JSON body. */
export function jsonResponse(
  description: string,
  schema: z.ZodType,
  example: unknown,
  headers?: Readonly<Record<string, string>>,
): ResponseDeclaration {
  return {
    description,
    content: { 'application/json': { schema, example } },
    ...(headers && { headers }),
  };
}
