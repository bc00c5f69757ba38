import { type Request } from 'express';
import { z } from 'zod';
import { uuid } from '../contracts/ids';
import { type FieldError } from '../contracts/problem';
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

/** A path parameter that is an id; what is no UUID cannot exist, so it is `not_found` like an unknown one. */
export function idParameter(request: Request, name: string, what: string): string {
  const { data } = uuid.safeParse(request.params[name]);
  if (data === undefined)
    throw new AppError('not_found', `there is no such ${what}`, { code: `${what}_not_found` });
  return data;
}

function parseInput<S extends z.ZodType>(schema: S, input: unknown, detail: string): z.output<S> {
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
