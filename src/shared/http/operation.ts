import { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { type z } from 'zod';
import { type AccessTokenClaims } from '../auth/access-token';
import { type ProblemType } from '../contracts/problem';
import { type Scope } from '../contracts/scopes';
import { type Origin } from '../event-log/event';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a handler works with: who asks, the checked parts of the request, and Express' own objects for the rest. */
export interface OperationContext<Params, Query, Body> {
  /** The claims of the access token. This and the next three throw in an operation with `access: 'public'`. */
  readonly caller: AccessTokenClaims;
  /** The client whose rows the caller may see; null: those of all clients. */
  readonly owner: string | null;
  /** Who acts, as the event log names it. */
  readonly actor: string;
  /** The origin of the events that the operation causes. */
  readonly origin: Origin;
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

export interface Answer {
  description: string;
  /** By media type; absent for an answer without a body. */
  content?: Readonly<Record<string, Content>>;
  /** Headers beyond those that every answer has: name to description. */
  headers?: Readonly<Record<string, string>>;
}

/** A body that the operation reads and checks itself: forms, streams. */
export interface RawBody {
  parsers: readonly RequestHandler[];
  content: Readonly<Record<string, Content>>;
  required?: boolean;
}

/**
 * One operation of an API, declared once: its route, its input checks and its place in the OpenAPI document are all made from
 * this.
 */
export interface Operation<Params = unknown, Query = unknown, Body = unknown> {
  /** The `operationId`: unique, camelCase, a verb first. */
  id: string;
  method: Method;
  /** With parameters in braces, as in OpenAPI: `/orders/{order_id}`. */
  path: string;
  tag: string;
  summary: string;
  description: string;
  /** The scope that the caller needs; `public`: no token is asked for. */
  access: Scope | 'public';
  /** `none`: never counted against a quota, for probes. */
  quota?: 'none';
  /** Path parameters, which are ids. */
  params?: z.ZodType<Params>;
  /** The answer to an id that does not exist, or is none; required with `params`. */
  notFound?: ProblemType;
  query?: z.ZodType<Query>;
  /** Request headers, for the document; the operation reads them itself. */
  headers?: z.ZodObject;
  /** A JSON body. */
  body?: z.ZodType<Body>;
  bodyExample?: unknown;
  rawBody?: RawBody;
  answers: Readonly<Record<number, Answer>>;
  /** What can go wrong beyond what the declaration itself implies (token, scope, validation, quota, outage). */
  problems?: readonly ProblemType[];
  /** Answers errors in a way of its own, for standards that ask for one; what it does not know it passes on. */
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
export function jsonAnswer(
  description: string,
  schema: z.ZodType,
  example: unknown,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return {
    description,
    content: { 'application/json': { schema, example } },
    ...(headers && { headers }),
  };
}
