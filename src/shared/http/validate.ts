import { type ProblemType, VALIDATION_FAILED } from '../contracts/problem-types';
import { type Request } from 'express';
import { z } from 'zod';
import { type FieldError } from '../contracts/problem';
import { AppError } from '../errors';
import { MAX_LISTED_ERRORS } from './bounded-problem';

/**
 * The request body, checked. An absent body counts as `{}`, which a schema without required members accepts; `null` is a value.
 *
 * @throws AppError `invalid_input` naming the faulty members.
 */
export function parseBody<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  if (request.body === undefined) return parseInput(schema, {}, 'the request body is missing');
  return parseInput(schema, request.body, 'the request body is not valid');
}

/** The query string, checked. */
export function parseQuery<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  return parseInput(schema, request.query, 'the query string is not valid');
}

/**
 * The path parameters, checked; they are ids, and what is no id cannot exist.
 *
 * @throws AppError of the type `notFound`.
 */
export function parseParams<S extends z.ZodType>(
  schema: S,
  request: Request,
  notFound: ProblemType,
): z.output<S> {
  const result = schema.safeParse(request.params);
  if (result.success) return result.data;
  throw new AppError(notFound, notFound.detail);
}

/** @throws AppError `invalid_input` naming the first 20 faulty members, and how many more there are. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, detail: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new AppError(VALIDATION_FAILED, detail, {
    ...listedErrors(result.error.issues),
  });
}

/** The first faults, one for each member. Unknown members are named one by one, so that the sender sees which to take out. */
function listedErrors(issues: readonly z.core.$ZodIssue[]): { errors: FieldError[]; moreErrors: number } {
  const errors: FieldError[] = [];
  let count = 0;
  for (const issue of issues) {
    const room = Math.max(0, MAX_LISTED_ERRORS - errors.length);
    count += issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
    if (room > 0) errors.push(...fieldErrors(issue, room));
  }
  return { errors, moreErrors: count - errors.length };
}

function fieldErrors(issue: z.core.$ZodIssue, atMost: number): FieldError[] {
  const path = z.core.toDotPath(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys
    .slice(0, atMost)
    .map((key) => ({ path: path ? `${path}.${key}` : key, message: 'is not a known member' }));
}
