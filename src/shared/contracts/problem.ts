import { z } from 'zod';
import { version } from './integers';

/** The kinds of failure of a request or a message; each has one HTTP status and one treatment in a queue. */
export type ErrorKind = keyof typeof ANSWERS;

const ANSWERS = {
  invalid_input: { status: 400, title: 'Bad Request' },
  unauthenticated: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Not Found' },
  method_not_allowed: { status: 405, title: 'Method Not Allowed' },
  request_timeout: { status: 408, title: 'Request Timeout' },
  conflict: { status: 409, title: 'Conflict' },
  gone: { status: 410, title: 'Gone' },
  precondition_failed: { status: 412, title: 'Precondition Failed' },
  payload_too_large: { status: 413, title: 'Content Too Large' },
  unsupported_media_type: { status: 415, title: 'Unsupported Media Type' },
  expectation_failed: { status: 417, title: 'Expectation Failed' },
  unprocessable: { status: 422, title: 'Unprocessable Content' },
  upgrade_required: { status: 426, title: 'Upgrade Required' },
  quota_exceeded: { status: 429, title: 'Too Many Requests' },
  headers_too_large: { status: 431, title: 'Request Header Fields Too Large' },
  internal: { status: 500, title: 'Internal Server Error' },
  bad_gateway: { status: 502, title: 'Bad Gateway' },
  unavailable: { status: 503, title: 'Service Unavailable' },
} as const;

/** A problem type of RFC 9457. docs/errors.md explains each. */
export interface ProblemType {
  readonly kind: ErrorKind;
  readonly status: number;
  /** The reason phrase of the status. */
  readonly title: string;
  /** The stable name for programs to switch on. */
  readonly code: string;
  /** An example of the text for people. */
  readonly detail: string;
}

const declared = new Map<string, ProblemType>();

/**
 * Declares a problem type. Each module declares its own types.
 *
 * @throws Error when the code is already declared.
 */
export function problemType(kind: ErrorKind, code: string, detail: string): ProblemType {
  if (declared.has(code)) throw new Error(`the problem type ${code} is declared twice`);
  const type = { kind, ...ANSWERS[kind], code, detail };
  declared.set(code, type);
  return type;
}

/** All problem types that the loaded modules have declared. */
export const declaredProblemTypes = (): ProblemType[] => [...declared.values()];

export const VALIDATION_FAILED = problemType(
  'invalid_input',
  'validation_failed',
  'the request body is not valid',
);
export const MALFORMED_JSON = problemType(
  'invalid_input',
  'malformed_json',
  'the request body is not valid JSON',
);
export const MALFORMED_REQUEST = problemType(
  'invalid_input',
  'malformed_request',
  'the request could not be read',
);
export const INVALID_CURSOR = problemType(
  'invalid_input',
  'invalid_cursor',
  'the cursor does not belong to this list',
);
export const MISSING_TOKEN = problemType(
  'unauthenticated',
  'missing_token',
  'send an access token: Authorization: Bearer …',
);
export const INVALID_TOKEN = problemType(
  'unauthenticated',
  'invalid_token',
  'the access token is not valid or has expired',
);
export const INSUFFICIENT_SCOPE = problemType(
  'forbidden',
  'insufficient_scope',
  'this requires another scope',
);
export const SHIPMENT_NOT_FOUND = problemType('not_found', 'shipment_not_found', 'there is no such shipment');
export const UNKNOWN_PATH = problemType('not_found', 'unknown_path', 'this path does not exist');
export const METHOD_NOT_ALLOWED = problemType(
  'method_not_allowed',
  'method_not_allowed',
  'the method is not allowed for this path',
);
export const REQUEST_TIMEOUT = problemType(
  'request_timeout',
  'request_timeout',
  'the request did not arrive in time',
);
export const ILLEGAL_TRANSITION = problemType(
  'conflict',
  'illegal_transition',
  'DELIVERED cannot become CANCELLED; DELIVERED is final',
);
export const PRECONDITION_FAILED = problemType(
  'precondition_failed',
  'precondition_failed',
  'the resource has changed; its version is now 3',
);
export const PAYLOAD_TOO_LARGE = problemType(
  'payload_too_large',
  'payload_too_large',
  'the request body is larger than 100 kB',
);
export const UNSUPPORTED_MEDIA_TYPE = problemType(
  'unsupported_media_type',
  'unsupported_media_type',
  'send the body as Content-Type: application/json',
);
export const EXPECTATION_FAILED = problemType(
  'expectation_failed',
  'expectation_failed',
  'the only supported expectation is 100-continue',
);
export const TOO_MANY_READS = problemType(
  'quota_exceeded',
  'too_many_reads',
  'too many lists and exports of this client at once',
);
export const QUOTA_EXCEEDED = problemType(
  'quota_exceeded',
  'quota_exceeded',
  'too many requests; try again later',
);
export const HEADERS_TOO_LARGE = problemType(
  'headers_too_large',
  'headers_too_large',
  'the request headers are larger than 16 kB',
);
export const INTERNAL_ERROR = problemType(
  'internal',
  'internal_error',
  'an internal error occurred; the correlation id finds its cause in the log',
);
export const BAD_GATEWAY = problemType(
  'bad_gateway',
  'bad_gateway',
  'the Delivery Service answered with 500',
);
export const UNAVAILABLE = problemType(
  'unavailable',
  'unavailable',
  'the service is temporarily unavailable',
);

/** The problem types of this file: those that every service can return, and those that both services share. */
export const SHARED_PROBLEM_TYPES: readonly ProblemType[] = [...declaredProblemTypes()];

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** One fault in the input: its path (`items[0].quantity`), its description and, where a problem has several kinds of faults, its code. */
export const fieldError = z
  .object({
    path: z.string(),
    message: z.string(),
    code: z.string().optional().describe('the kind of fault, if the problem has several'),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof fieldError>;

/** An error answer as RFC 9457 `application/problem+json`; `code` is the stable name for programs to switch on. */
export const problem = z
  .object({
    type: z.string().describe('the URI of the explanation of the error'),
    title: z.string().describe('the reason phrase of the status'),
    status: z.int(),
    detail: z.string().describe('a description of the error for people; the text may change'),
    instance: z.string().describe('the path of the request'),
    code: z.string().describe('the stable name of the error'),
    correlation_id: z.string().describe('the id of this request in the logs'),
    errors: z
      .array(fieldError)
      .readonly()
      .optional()
      .describe('the invalid members, at most 20; of a file, at most 1000'),
    more_errors: z.int().min(1).optional().describe('the number of invalid members that are not listed'),
    allowed: z.array(z.string()).readonly().optional().describe('the allowed steps'),
    current_version: version.optional().describe('the current version of the resource'),
    earliest_cursor: z.string().optional().describe('the first cursor from which the feed is complete'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof problem>;
