import { type z } from 'zod';
import { createDocument, type ZodOpenApiObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import { groupBy } from '../group-by';
import { idempotencyHeaders } from '../idempotency/idempotency-key';
import { CORRELATION_HEADER, createProblemResponses, HEADER_COMPONENTS } from './openapi-problems';
import { type ResponseDeclaration, type Content, type Operation } from './operation';

/** A group of operations. */
export interface ApiTag {
  name: string;
  description: string;
}

export interface ApiDescription {
  title: string;
  version: string;
  description: string;
  tags: readonly ApiTag[];
  /** The URL of the token endpoint, relative to the document or absolute. */
  tokenUrl: string;
  operations: readonly Operation[];
}

/** An OpenAPI 3.1 document, as `createDocument` returns it. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Creates the OpenAPI 3.1 document of operations, from the schemas that also validate their input. */
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
          description: 'An existing access token.',
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
  const { params, query } = operation;
  const headers = headersOf(operation);
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
    responses: merged(problems, responsesOf(operation)),
  } as ZodOpenApiOperationObject;
}

const headersOf = ({ idempotent, headers }: Operation): z.ZodObject | undefined =>
  idempotent ? idempotencyHeaders.extend(headers?.shape ?? {}) : headers;

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

const REPLAYED_HEADER = { 'Idempotency-Replayed': '`true` when this response repeats an earlier one' };

function contentOf(content: Readonly<Record<string, Content>>) {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema, example }]) => [type, { schema, example }]),
  );
}

function responsesOf({ responses, idempotent }: Operation): ZodOpenApiOperationObject['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(
      ([status, { description, content, headers }]: [string, ResponseDeclaration]) => [
        status,
        {
          description,
          headers: {
            ...CORRELATION_HEADER,
            ...headerObjects({ ...headers, ...(idempotent && REPLAYED_HEADER) }),
          },
          ...(content && { content: contentOf(content) }),
        },
      ],
    ),
  );
}

/** A status that has both a problem and another answer gets both media types. */
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
