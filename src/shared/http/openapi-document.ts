import { STATUS_CODES } from 'node:http';
import { createDocument, type ZodOpenApiObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import { CORRELATION_ID_PATTERN } from '../contracts/ids';
import { PROBLEM_CODES, type ProblemCode } from '../contracts/problem-codes';
import { problem, PROBLEM_CONTENT_TYPE } from '../contracts/problem';
import { groupBy } from '../group-by';
import { ERROR_DOCS_PATH } from './error-docs';
import { type Answer, type Content, type Operation } from './operation';

export interface ApiDescription {
  title: string;
  version: string;
  description: string;
  tags: readonly { name: string; description: string }[];
  /** Where tokens come from, relative to the document or absolute. */
  tokenUrl: string;
  operations: readonly Operation[];
}

/** What `createDocument` makes: an OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

/** The OpenAPI 3.1 document of these operations, from the same schemas that check their input. */
export function openApiDocument(api: ApiDescription): OpenApiDocument {
  const scopes = new Set(api.operations.map(({ access }) => access).filter((access) => access !== 'public'));
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: api.title,
      version: api.version,
      description: api.description,
      license: { name: 'MIT', identifier: 'MIT' },
      contact: { name: 'Order Processing System' },
    },
    servers: [{ url: '/v1', description: 'this version of the API; the same paths are served without /v1' }],
    tags: [...api.tags],
    paths: pathsOf(api.operations),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token that you have.',
        },
        oauth2: {
          type: 'oauth2',
          description: 'Client credentials (RFC 6749 §4.4); send the token as Authorization: Bearer.',
          flows: {
            clientCredentials: {
              tokenUrl: api.tokenUrl,
              scopes: Object.fromEntries([...scopes].map((scope) => [scope, `the scope ${scope}`])),
            },
          },
        },
      },
    },
  });
}

function pathsOf(operations: readonly Operation[]): NonNullable<ZodOpenApiObject['paths']> {
  return Object.fromEntries(
    [...groupBy(operations, ({ path }) => path)].map(([path, ofPath]) => [
      path,
      Object.fromEntries(ofPath.map((operation) => [operation.method, toOperationObject(operation)])),
    ]),
  );
}

function toOperationObject(operation: Operation): ZodOpenApiOperationObject {
  const { params, query, headers } = operation;
  return {
    operationId: operation.id,
    summary: operation.summary,
    description: operation.description,
    tags: [operation.tag],
    security: operation.access === 'public' ? [] : [{ oauth2: [operation.access] }, { bearer: [] }],
    requestParams: {
      ...(params && { path: params }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...requestBodyOf(operation),
    responses: merged(problemsOf(operation), answersOf(operation)),
  } as ZodOpenApiOperationObject;
}

function requestBodyOf({
  body,
  bodyExample,
  rawBody,
}: Operation): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (rawBody)
    return { requestBody: { required: rawBody.required ?? true, content: contentOf(rawBody.content) } };
  if (!body) return {};
  const isRequired = !body.safeParse({}).success;
  return {
    requestBody: {
      required: isRequired,
      content: contentOf({ 'application/json': { schema: body, example: bodyExample } }),
    },
  };
}

function contentOf(content: Readonly<Record<string, Content>>) {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema, example }]) => [type, { schema, example }]),
  );
}

const CORRELATION_HEADER = { 'X-Correlation-Id': 'finds the log lines of this request in both services' };

function answersOf({ answers }: Operation): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, content, headers }]: [string, Answer]) => [
      status,
      {
        description,
        headers: headerObjects({ ...CORRELATION_HEADER, ...headers }),
        ...(content && { content: contentOf(content) }),
      },
    ]),
  );
}

/** Where a status has both a problem and another answer, it has both media types. */
function merged(problems: Responses, answers: Responses): Responses {
  const statuses = [
    ...new Set([...Object.keys(problems), ...Object.keys(answers)]),
  ].sort() as (keyof Responses)[];
  return Object.fromEntries(
    statuses.map((status) => {
      const [problem, answer] = [problems[status], answers[status]] as [ResponseObject?, ResponseObject?];
      const content = { ...problem?.content, ...answer?.content };
      const both = { ...problem, ...answer, ...(Object.keys(content).length > 0 && { content }) };
      return [status, both];
    }),
  );
}

type Responses = ZodOpenApiOperationObject['responses'];
type ResponseObject = Exclude<Responses[keyof Responses], undefined> & { content?: object };

const PATTERNS: Readonly<Record<string, { pattern: string }>> = {
  'X-Correlation-Id': { pattern: CORRELATION_ID_PATTERN.source },
};

const headerObjects = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const, ...PATTERNS[name] } },
    ]),
  );

/** The error answers of an operation, by status, each code with an example. */
function problemsOf(operation: Operation): ZodOpenApiOperationObject['responses'] {
  const codes = [...new Set([...impliedProblems(operation), ...(operation.problems ?? [])])];
  const byStatus = groupBy(codes, (code) => String(PROBLEM_CODES[code].status));
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((code) => `\`${code}\``).join(', '),
        headers: headerObjects(CORRELATION_HEADER),
        content: {
          [PROBLEM_CONTENT_TYPE]: {
            schema: problem,
            examples: Object.fromEntries(
              ofStatus.map((code) => [code, { value: exampleProblem(code, operation.path) }]),
            ),
          },
        },
      },
    ]),
  );
}

function impliedProblems({ access, quota, params, query, body, path }: Operation): ProblemCode[] {
  return [
    ...(query || body ? (['validation_failed'] as const) : []),
    ...(body ? (['malformed_json', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(access === 'public' ? [] : (['missing_token', 'invalid_token', 'insufficient_scope'] as const)),
    ...(params ? [notFoundCode(path)] : []),
    ...(quota === 'none' ? [] : (['quota_exceeded', 'unavailable'] as const)),
    // Whatever is asked for: what comes in may be no HTTP, too slow or too large to be read.
    'malformed_request',
    'request_timeout',
    'headers_too_large',
    'internal_error',
  ];
}

/** The parameter of the path names what can be unknown, or else its collection does: `/queues/{name}`. */
function notFoundCode(path: string): ProblemCode {
  const [, name = ''] = /\{(\w+)_id\}/.exec(path) ?? /\/(\w+)s\/\{name\}/.exec(path) ?? [];
  const code = `${name}_not_found`;
  if (!(code in PROBLEM_CODES)) throw new Error(`${path}: there is no problem code ${code}`);
  return code as ProblemCode;
}

function exampleProblem(code: ProblemCode, path: string) {
  const { status, detail } = PROBLEM_CODES[code];
  return {
    type: `${ERROR_DOCS_PATH}#${code}`,
    title: STATUS_CODES[status] ?? '',
    status,
    detail,
    instance: path,
    code,
    correlation_id: '5b1f3c1e-6a55-4a3e-9f0c-1f3f6f0f5a11',
    ...(code === 'validation_failed' && {
      errors: [{ path: 'items[0].quantity', message: 'must be a whole number' }],
    }),
    ...(code === 'illegal_transition' && { allowed: [] }),
    ...(code === 'precondition_failed' && { current_version: 3 }),
  };
}
