import { z } from 'zod';
import { type ApiDescription } from './openapi-document';
import { CONTRACT_TAG } from './contract-operations';
import { ERROR_DOCS_PATH } from './error-docs';
import { jsonAnswer, operation, type Operation } from './operation';
import { DOCS_PATH } from './swagger-ui';

/** Paths by what is found there. Without hosts: they hold at whatever address the service was reached. */
export type Links = Readonly<Record<string, string>>;

const indexResource = z
  .object({
    name: z.string(),
    version: z.string().describe('of this service and of its contract'),
    links: z.record(z.string(), z.string()).describe('names and paths of the entry points of this service'),
  })
  .meta({ id: 'Index' });

const OF_EVERY_SERVICE: Links = {
  health: '/health',
  contract: '/openapi.json',
  documentation: DOCS_PATH,
  errors: ERROR_DOCS_PATH,
};

/** `/`: what this is, and where to read on. */
export function indexOperation(
  { title: name, version }: Pick<ApiDescription, 'title' | 'version'>,
  links: Links,
): Operation {
  const index = { name, version, links: { ...OF_EVERY_SERVICE, ...links } };
  return operation({
    id: 'getIndex',
    method: 'get',
    path: '/',
    tag: CONTRACT_TAG.name,
    summary: 'Find the way into this API',
    description: 'Name and version of the service, and the paths of its health, contract and documentation.',
    access: 'public',
    answers: { 200: jsonAnswer('the index', indexResource, index) },
    handle({ response }) {
      response.json(index);
    },
  });
}
