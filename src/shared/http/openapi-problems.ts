import { type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { CORRELATION_ID_PATTERN } from '../contracts/text';
import {
  HEADERS_TOO_LARGE,
  ILLEGAL_TRANSITION,
  INSUFFICIENT_SCOPE,
  INTERNAL_ERROR,
  INVALID_TOKEN,
  MALFORMED_JSON,
  MALFORMED_REQUEST,
  MISSING_TOKEN,
  PAYLOAD_TOO_LARGE,
  PRECONDITION_FAILED,
  problem,
  PROBLEM_CONTENT_TYPE,
  type ProblemType,
  QUOTA_EXCEEDED,
  REQUEST_TIMEOUT,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
  VALIDATION_FAILED,
} from '../contracts/problem';
import { encodeFeedCursor, FEED_START } from '../event-log/feed-cursor';
import { groupBy } from '../group-by';
import {
  IDEMPOTENCY_KEY_REUSED,
  INVALID_IDEMPOTENCY_KEY,
  REQUEST_IN_PROGRESS,
} from '../idempotency/idempotency-records';
import { ERROR_DOCS_PATH } from './error-handler';
import { type Operation } from './operation';

/** A header of every answer. */
export const CORRELATION_HEADER = { 'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' } };

/** The header components that answers refer to. */
export const HEADER_COMPONENTS = {
  'X-Correlation-Id': {
    description: 'the id of this request in the logs of both services',
    schema: { type: 'string' as const, pattern: CORRELATION_ID_PATTERN.source },
  },
};

/** Creates a function that returns the error answers of an operation; equal answers in one document share a component. */
export function createProblemResponses() {
  const components = new Map<string, ZodOpenApiResponseObject>();

  function responseOf(types: readonly ProblemType[]): ZodOpenApiResponseObject {
    const codes = types.map(({ code }) => code).sort();
    const id = [types[0]?.status, ...codes].join('.');
    const known = components.get(id);
    if (known) return known;
    const response = problemResponse(id, types);
    components.set(id, response);
    return response;
  }

  /** Error answers by status. */
  return (operation: Operation): ZodOpenApiOperationObject['responses'] => {
    const types = new Set([...impliedProblems(operation), ...(operation.problems ?? [])]);
    const byStatus = groupBy([...types], ({ status }) => String(status));
    return Object.fromEntries([...byStatus].map(([status, ofStatus]) => [status, responseOf(ofStatus)]));
  };
}

const problemResponse = (id: string, types: readonly ProblemType[]): ZodOpenApiResponseObject => ({
  id,
  description: types.map(({ code }) => `\`${code}\``).join(', '),
  headers: CORRELATION_HEADER,
  content: {
    [PROBLEM_CONTENT_TYPE]: {
      schema: problem,
      examples: Object.fromEntries(types.map((type) => [type.code, { value: exampleProblem(type) }])),
    },
  },
});

function impliedProblems(operation: Operation): ProblemType[] {
  const { access, quota, idempotent, params, notFound, query, body, rawBody, path } = operation;
  if (params && !notFound) throw new Error(`${path}: params need notFound`);
  if (idempotent && (access === 'public' || rawBody))
    throw new Error(`${path}: an idempotent operation needs a token and no raw body`);
  return [
    ...(query || body ? [VALIDATION_FAILED] : []),
    ...(body || rawBody ? [MALFORMED_JSON] : []),
    ...(body ? [PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE] : []),
    ...(access === 'public' ? [] : [MISSING_TOKEN, INVALID_TOKEN, INSUFFICIENT_SCOPE]),
    ...(notFound ? [notFound] : []),
    ...(idempotent ? [INVALID_IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_REUSED, REQUEST_IN_PROGRESS] : []),
    ...(quota === 'none' ? [] : [QUOTA_EXCEEDED, UNAVAILABLE]),
    // Possible for any request, which may be too slow, too large or not HTTP.
    MALFORMED_REQUEST,
    REQUEST_TIMEOUT,
    HEADERS_TOO_LARGE,
    INTERNAL_ERROR,
  ];
}

function exampleProblem(type: ProblemType) {
  const { status, title, code, detail } = type;
  return {
    type: `${ERROR_DOCS_PATH}#${code}`,
    title,
    status,
    detail,
    instance: '/orders',
    code,
    correlation_id: '5b1f3c1e-6a55-4a3e-9f0c-1f3f6f0f5a11',
    ...(type === VALIDATION_FAILED && {
      errors: [{ path: 'items[0].quantity', message: 'must be a whole number' }],
    }),
    ...(type === ILLEGAL_TRANSITION && { allowed: [] }),
    ...(type === PRECONDITION_FAILED && { current_version: 3 }),
    ...(type.kind === 'gone' && { earliest_cursor: encodeFeedCursor(FEED_START) }),
  };
}
