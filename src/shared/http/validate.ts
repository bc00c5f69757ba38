import { type Request } from 'express';
import { z } from 'zod';
import { type FieldError } from '../contracts/problem';
import { type ProblemCode } from '../contracts/problem-codes';
import { AppError } from '../errors';

/**
 * The request body, checked.
 *
 * @throws AppError `unsupported_media_type` when the body was not sent as JSON, `invalid_input` naming every faulty field.
 */
export function parseBody<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  if (request.body === undefined && !isEmpty(request)) {
    throw new AppError('unsupported_media_type', 'send the body as Content-Type: application/json');
  }
  return parseInput(schema, request.body ?? {}, 'the request body is not valid');
}

/** The query string, checked. */
export function parseQuery<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  return parseInput(schema, request.query, 'the query string is not valid');
}

/**
 * The path parameters, checked; they are ids, and what is no id cannot exist.
 *
 * @throws AppError `not_found` with the code `<name>_not_found` for the parameter `<name>_id`.
 */
export function parseParams<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  const result = schema.safeParse(request.params);
  if (result.success) return result.data;
  const what = String(result.error.issues[0]?.path[0]).replace(/_id$/, '');
  throw new AppError('not_found', `there is no such ${what}`, { code: `${what}_not_found` as ProblemCode });
}

/** @throws AppError `invalid_input` naming every faulty field. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, detail: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new AppError('invalid_input', detail, {
    code: 'validation_failed',
    errors: result.error.issues.flatMap(fieldErrors),
  });
}

/** Unknown members are named one by one, so that the sender sees which to take out. */
function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = z.core.toDotPath(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: path ? `${path}.${key}` : key, message: 'is not a known member' }));
}

function isEmpty(request: Request): boolean {
  return (
    request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? 0) === 0
  );
}
