import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { CORRELATION_ID_PATTERN } from '../contracts/ids';
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
  type ProblemType,
  QUOTA_EXCEEDED,
  REQUEST_TIMEOUT,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
  VALIDATION_FAILED,
} from '../contracts/problem-types';
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
      headers: HEADER_COMPONENTS,
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
  const problemsOf = createProblemResponses();
  return Object.fromEntries(
    [...groupBy(operations, ({ path }) => path)].map(([path, ofPath]) => [
      path,
      Object.fromEntries(
        ofPath.map((operation) => [operation.method, toOperationObject(operation, problemsOf(operation))]),
      ),
    ]),
  );
}

function toOperationObject(
  operation: Operation,
  problems: ZodOpenApiOperationObject['responses'],
): ZodOpenApiOperationObject {
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
    responses: merged(problems, answersOf(operation)),
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

const CORRELATION_HEADER = { 'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' } };

const HEADER_COMPONENTS = {
  'X-Correlation-Id': {
    description: 'finds the log lines of this request in both services',
    schema: { type: 'string' as const, pattern: CORRELATION_ID_PATTERN.source },
  },
};

function answersOf({ answers }: Operation): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, content, headers }]: [string, Answer]) => [
      status,
      {
        description,
        headers: { ...CORRELATION_HEADER, ...headerObjects(headers ?? {}) },
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
      if (!problem || !answer) return [status, problem ?? answer];
      return [status, { ...answer, content: { ...problem.content, ...answer.content } }];
    }),
  );
}

type Responses = ZodOpenApiOperationObject['responses'];
type ResponseObject = Exclude<Responses[keyof Responses], undefined> & { content?: object };

const headerObjects = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );

/** The error answers of the operations of one document; equal ones are one component. */
function createProblemResponses() {
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

  /** By status. */
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

function impliedProblems({ access, quota, params, notFound, query, body, path }: Operation): ProblemType[] {
  if (params && !notFound) throw new Error(`${path}: params need notFound`);
  return [
    ...(query || body ? [VALIDATION_FAILED] : []),
    ...(body ? [MALFORMED_JSON, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE] : []),
    ...(access === 'public' ? [] : [MISSING_TOKEN, INVALID_TOKEN, INSUFFICIENT_SCOPE]),
    ...(notFound ? [notFound] : []),
    ...(quota === 'none' ? [] : [QUOTA_EXCEEDED, UNAVAILABLE]),
    // Of any request: it can be no HTTP, too slow or too large to be read.
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
  };
}
