import { readFileSync } from 'node:fs';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format } from 'prettier';
import { type OpenApiDocument } from '../../src/shared/http/openapi-document';
import { allContracts, type ServiceName } from './contracts';
import { EVENTS_PAGE_FILE, eventsPage } from './events-page';
import { postmanCollection } from './postman/collection';
import {
  COMPOSE_FILE,
  composeSettings,
  ENV_EXAMPLE_FILE,
  envExample,
  SETTING_NAMES_FILE,
  settingNames,
} from './settings';

export const POSTMAN_FILE = 'demo/order-processing.postman_collection.json';

export const ASYNC_API_FILE = 'docs/asyncapi/order-service.json';

/** The files that are generated from the contracts and settings: path to content. */
export async function artefacts(): Promise<Map<string, string>> {
  const { openApi: documents, asyncApi } = allContracts();
  const files = new Map<string, string>();
  for (const [service, document] of Object.entries(documents) as [ServiceName, OpenApiDocument][]) {
    files.set(`docs/openapi/${service}.json`, await asJson(document));
    files.set(`client/${service}.ts`, await typesOf(service, document));
  }
  files.set(ASYNC_API_FILE, await asJson(asyncApi));
  files.set(EVENTS_PAGE_FILE, await eventsPage(readFileSync(EVENTS_PAGE_FILE, 'utf8')));
  files.set(POSTMAN_FILE, await asJson(postmanCollection(documents)));
  files.set(ENV_EXAMPLE_FILE, envExample());
  files.set(SETTING_NAMES_FILE, await asTypeScript(settingNames()));
  files.set(COMPOSE_FILE, composeSettings(readFileSync(COMPOSE_FILE, 'utf8')));
  return files;
}

/** The TypeScript types of an API, for `openapi-fetch`. */
async function typesOf(service: ServiceName, document: OpenApiDocument): Promise<string> {
  const types = astToString(await openapiTS(JSON.stringify(document) as unknown as OpenAPI3));
  const heading = `/** The API of the ${service}, generated from docs/openapi/${service}.json by \`npm run contract\`. */\n\n`;
  return asTypeScript(heading + types);
}

const asTypeScript = (text: string): Promise<string> =>
  format(text, { parser: 'typescript', printWidth: 110, singleQuote: true });

const asJson = (value: unknown): Promise<string> =>
  format(JSON.stringify(value), { parser: 'json', printWidth: 110 });
