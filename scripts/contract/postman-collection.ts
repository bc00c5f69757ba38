import { createHash } from 'node:crypto';
import { convertV2 } from 'openapi-to-postmanv2';
import { type OpenApiDocument } from '../../src/shared/http/openapi-document';
import { type ServiceName } from './contracts';

interface Entry {
  id?: string;
  name: string;
  item?: Entry[];
  request?: Request;
  response?: unknown;
  event?: unknown;
}

interface Request {
  method: string;
  url: { host: string[]; path: string[]; query: Parameter[]; variable: Parameter[] };
  header: Parameter[];
  auth?: unknown;
}

interface Parameter {
  key: string;
  value?: string;
  disabled?: boolean;
}

const SERVICES: Record<ServiceName, { folder: string; url: string }> = {
  'order-service': { folder: 'Order Service', url: '{{order_url}}' },
  'delivery-service': { folder: 'Delivery Service', url: '{{delivery_url}}' },
};

const VARIABLES = {
  order_url: 'http://localhost:3001',
  delivery_url: 'http://localhost:3002',
  client_id: 'demo-operator',
  client_secret: 'demo-secret',
  access_token: '',
  order_id: '',
  shipment_id: '',
  name: 'orders-queue.fifo',
};

/** What an answer leaves for the requests after it. */
const KEEPS: Record<string, [member: string, variable: string]> = {
  'POST /auth/token': ['access_token', 'access_token'],
  'POST /orders': ['order_id', 'order_id'],
  'GET /orders/:order_id/shipment': ['shipment_id', 'shipment_id'],
};

/** One Postman collection (v2.1) of both APIs: fetch a token first, then every request works, in the order of the folders. */
export async function postmanCollection(
  documents: Readonly<Record<ServiceName, OpenApiDocument>>,
): Promise<unknown> {
  const folders = [];
  for (const service of Object.keys(SERVICES) as ServiceName[]) {
    const { folder, url } = SERVICES[service];
    const entries = (await convert(documents[service])).map((entry) =>
      adapted(entry, url, documents[service]),
    );
    folders.push({ name: folder, item: entries });
  }
  return {
    info: {
      _postman_id: stableId('collection'),
      name: 'Order Processing System',
      description:
        'Send "Fetch an access token" first; the other requests use what it and "Place an order" answered.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: folders,
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}', type: 'string' }] },
    variable: Object.entries(VARIABLES).map(([key, value]) => ({ key, value })),
  };
}

/** `openapi-to-postmanv2` answers by callback. */
function convert(document: OpenApiDocument): Promise<Entry[]> {
  const options = {
    folderStrategy: 'Tags',
    requestNameSource: 'Fallback',
    parametersResolution: 'Example',
    alwaysInheritAuthentication: true,
  };
  return new Promise((resolve, reject) => {
    // The converter takes OpenAPI 3.1; its types know only the older shapes.
    convertV2(
      { type: 'json', data: withoutPatterns(document) as never },
      options as never,
      (error, result) => {
        const [output] = result?.output ?? [];
        if (error || !output)
          reject(new Error(`the Postman collection cannot be made: ${String(result?.reason)}`));
        else resolve((output.data as unknown as { item: Entry[] }).item);
      },
    );
  });
}

/** For a pattern the converter makes up a text that fits, another one each time. */
const withoutPatterns = (document: OpenApiDocument): unknown =>
  JSON.parse(JSON.stringify(document, (key, value: unknown) => (key === 'pattern' ? undefined : value)));

/** Without the random ids and the recorded answers, and with variables where the converter has placeholders. */
function adapted(entry: Entry, url: string, document: OpenApiDocument): Entry {
  const rest: Entry = { ...entry };
  delete rest.response;
  if (entry.item) return { ...rest, item: entry.item.map((inner) => adapted(inner, url, document)) };
  const { request } = entry;
  if (!request) return rest;
  request.url.host = [url];
  for (const variable of request.url.variable) variable.value = `{{${variable.key}}}`;
  for (const parameter of request.url.query) adaptQuery(parameter);
  for (const header of request.header) adaptHeader(header);
  request.auth = isPublic(document, request) ? { type: 'noauth' } : undefined;
  const kept = KEEPS[`${request.method} /${request.url.path.join('/')}`];
  return {
    ...rest,
    id: stableId(`${url} ${request.method} ${request.url.path.join('/')}`),
    ...(kept && { event: [keep(...kept)] }),
  };
}

/** What needs no token must get none: the token endpoint refuses two ways of authentication at once. */
function isPublic({ paths }: OpenApiDocument, { method, url }: Request): boolean {
  const path = `/${url.path.map((part) => part.replace(/^:(.+)/, '{$1}')).join('/')}`;
  const item = paths?.[path] as Record<string, { security?: unknown[] }> | undefined;
  return item?.[method.toLowerCase()]?.security?.length === 0;
}

/** Filters are there to be switched on; ids come from the requests before. */
function adaptQuery(parameter: Parameter): void {
  const isKnown = parameter.key in VARIABLES;
  parameter.value = isKnown ? `{{${parameter.key}}}` : '';
  parameter.disabled = !isKnown;
}

function adaptHeader(header: Parameter): void {
  if (header.key === 'Idempotency-Key') header.value = '{{$guid}}';
  else if (/^If-/.test(header.key)) header.disabled = true;
}

const keep = (member: string, variable: string) => ({
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: [
      `const value = pm.response.json().${member};`,
      `if (value) pm.collectionVariables.set('${variable}', value);`,
    ],
  },
});

/** The same UUID for the same name, so that the file changes only with the contract. */
function stableId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
