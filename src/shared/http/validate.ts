import { type Request } from 'express';
import { z } from 'zod';
import { type FieldError, type ProblemType, VALIDATION_FAILED } from '../contracts/problem';
import { AppError } from '../errors';
import { MAX_LISTED_ERRORS } from './error-handler';

/**
 * Validates the request body. An absent body counts as `{}`, which a schema without required members accepts; `null` is a value.
 *
 * @throws AppError `invalid_input` that names the faulty members.
 */
export function parseBody<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  if (request.body === undefined) return parseInput(schema, {}, 'the request body is missing');
  return parseInput(schema, request.body, 'the request body is not valid');
}

/** Validates the query string. */
export function parseQuery<S extends z.ZodType>(schema: S, request: Request): z.output<S> {
  return parseInput(schema, request.query, 'the query string is not valid');
}

/**
 * Validates the path parameters, which are ids; a malformed id cannot exist.
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

/** @throws AppError `invalid_input` that names the first 20 faulty members and counts the others. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, detail: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new AppError(VALIDATION_FAILED, detail, {
    ...listedErrors(result.error.issues),
  });
}

/** The first faults, one for each member. Unknown members are named one by one, so that the sender knows which to remove. */
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

/**
 * Parses form-encoded text (WHATWG URL §5.1) into pairs, in order. Percent-encoding must be complete and represent UTF-8: anything else
 * would silently become other text.
 *
 * @throws AppError `invalid_input` that names the parameter.
 */
export function formPairs(text: string): [name: string, value: string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const end = pair.includes('=') ? pair.indexOf('=') : pair.length;
      const [name, value] = [formDecoded(pair.slice(0, end)), formDecoded(pair.slice(end + 1))];
      if (name === null || value === null) throw undecodable(name ?? pair.slice(0, end));
      return [name, value];
    });
}

/** Decodes form-encoded text; null when it is not percent-encoded UTF-8. */
export function formDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function undecodable(path: string): AppError {
  const message = 'must be percent-encoded UTF-8';
  return new AppError(VALIDATION_FAILED, `a parameter ${message}`, { errors: [{ path, message }] });
}

/**
 * Parses the query string into values by name; a repeated name has an array.
 *
 * @throws AppError `invalid_input` that names the first parameter that is not percent-encoded UTF-8.
 */
export function parsedQuery(query: string | null | undefined): Record<string, string | string[]> {
  const values = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of formPairs(query ?? '')) {
    const earlier = values[name];
    if (earlier === undefined) values[name] = value;
    else if (Array.isArray(earlier)) earlier.push(value);
    else values[name] = [earlier, value];
  }
  return values;
}
