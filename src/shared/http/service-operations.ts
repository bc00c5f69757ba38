import { z } from 'zod';
import { UNAVAILABLE } from '../contracts/problem';
import { type Metrics } from '../observability/metrics';
import { type AsyncApiDocument } from './asyncapi-document';
import { ERROR_DOCS_PATH } from './error-handler';
import { HEALTH_TAG } from './health-operations';
import { type ApiDescription, openApiDocument } from './openapi-document';
import { jsonResponse, operation, type Operation } from './operation';
import { DOCS_PATH } from './swagger-ui';

export const CONTRACT_TAG = {
  name: 'contract',
  description: 'The contracts of this API, and the index of its entry points.',
};

/** `/openapi.json`: the contract of the API, which includes this operation. */
export function contractOperation(api: () => ApiDescription): Operation {
  let text: string | undefined;
  return operation({
    id: 'getOpenApi',
    method: 'get',
    path: '/openapi.json',
    tag: CONTRACT_TAG.name,
    summary: 'Read the OpenAPI document',
    description: 'An OpenAPI 3.1 document, generated from the schemas that validate the requests.',
    access: 'public',
    quota: 'none',
    responses: {
      200: {
        description: 'the document',
        content: {
          'application/json': {
            schema: z.looseObject({ openapi: z.string() }),
            example: { openapi: '3.1.0' },
          },
        },
      },
    },
    handle({ response }) {
      text ??= JSON.stringify(openApiDocument(api()));
      response.set('Cache-Control', 'no-cache').type('json').send(text);
    },
  });
}

/** `/asyncapi.json`: the contract of the messages to clients. */
export function asyncContractOperation(document: () => AsyncApiDocument): Operation {
  let text: string | undefined;
  return operation({
    id: 'getAsyncApi',
    method: 'get',
    path: '/asyncapi.json',
    tag: CONTRACT_TAG.name,
    summary: 'Read the AsyncAPI document',
    description:
      'An AsyncAPI 3.0 document of the messages of WebSockets, streams and webhooks, generated from the schemas of these messages.',
    access: 'public',
    quota: 'none',
    responses: {
      200: jsonResponse('the document', z.looseObject({ asyncapi: z.string() }), { asyncapi: '3.0.0' }),
    },
    handle({ response }) {
      text ??= JSON.stringify(document());
      response.set('Cache-Control', 'no-cache').type('json').send(text);
    },
  });
}

/** Paths by name. They contain no hosts, so that they are valid at any address of the service. */
export type Links = Readonly<Record<string, string>>;

const indexResource = z
  .object({
    name: z.string(),
    version: z.string().describe('the version of this service and of its API contract'),
    links: z.record(z.string(), z.string()).describe('the entry points of this service: name to path'),
  })
  .meta({ id: 'Index' });

const COMMON_LINKS: Links = {
  health: '/health',
  contract: '/openapi.json',
  documentation: DOCS_PATH,
  errors: ERROR_DOCS_PATH,
};

/** `/`: name, version and entry points of the service. */
export function indexOperation(
  { title: name, version }: Pick<ApiDescription, 'title' | 'version'>,
  links: Links,
): Operation {
  const index = { name, version, links: { ...COMMON_LINKS, ...links } };
  return operation({
    id: 'getIndex',
    method: 'get',
    path: '/',
    tag: CONTRACT_TAG.name,
    summary: 'Read the index of this API',
    description: 'Name and version of the service, and the paths of its health, contract and documentation.',
    access: 'public',
    responses: { 200: jsonResponse('the index', indexResource, index) },
    handle({ response }) {
      response.json(index);
    },
  });
}

/** `GET /metrics`, for a Prometheus that gets its token by client credentials (`oauth2` in its scrape configuration). */
export function metricsOperation(metrics: Metrics): Operation {
  return operation({
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    tag: HEALTH_TAG.name,
    summary: 'Read the metrics of this instance',
    description: 'The metrics in the text format of Prometheus.',
    access: 'ops:manage',
    quota: 'none',
    problems: [UNAVAILABLE],
    responses: {
      200: {
        description: 'the metrics',
        content: {
          'text/plain': { schema: z.string(), example: 'events_unpublished{service="order-service"} 0\n' },
        },
      },
    },
    async handle({ response }) {
      response.set({ 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' });
      response.send(await metrics.text());
    },
  });
}
