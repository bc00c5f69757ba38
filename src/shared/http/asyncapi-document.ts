import { z } from 'zod';

/** A message of a channel. */
export interface AsyncMessage {
  /** Unique in the document. */
  name: string;
  title: string;
  summary: string;
  payload: z.ZodType;
  /** The headers of its HTTP request, for messages that are requests. */
  headers?: z.ZodType;
  example: unknown;
  /** Further examples, by name. */
  examples?: Readonly<Record<string, unknown>>;
}

/** What the service does with messages of a channel. */
export interface AsyncOperation {
  /** Unique in the document. */
  id: string;
  action: 'send' | 'receive';
  title: string;
  description: string;
  messages: readonly AsyncMessage[];
  /** The messages with which the service answers. */
  replies?: readonly AsyncMessage[];
  /** The scope that the client needs; absent where no token is sent. */
  scope?: string;
  bindings?: Readonly<Record<string, object>>;
}

/** A connection or address over which messages pass. */
export interface AsyncChannel {
  /** Unique in the document. */
  id: string;
  /** The path, with parameters in braces; null: an address that the receiver chooses. */
  address: string | null;
  title: string;
  description: string;
  /** The parameters of the path: name to description. */
  parameters?: Readonly<Record<string, string>>;
  protocol: 'ws' | 'http' | null;
  operations: readonly AsyncOperation[];
  bindings?: Readonly<Record<string, object>>;
}

export interface AsyncApiDescription {
  title: string;
  version: string;
  description: string;
  tokenUrl: string;
  channels: readonly AsyncChannel[];
}

/** An AsyncAPI 3.0 document. */
export interface AsyncApiDocument {
  asyncapi: string;
  info: object;
  channels: Readonly<Record<string, object>>;
  operations: Readonly<Record<string, object>>;
  components: {
    messages: Readonly<Record<string, { payload: object; examples: readonly { payload: unknown }[] }>>;
    schemas: Readonly<Record<string, object>>;
    securitySchemes: object;
  };
}

/** Creates the AsyncAPI 3.0 document of channels, from the schemas that also validate their messages. */
export function asyncApiDocument(api: AsyncApiDescription): AsyncApiDocument {
  const schemas = new Map<string, object>();
  const messages = new Map(
    api.channels
      .flatMap(({ operations }) => operations.flatMap(messagesOf))
      .map((message) => [message.name, messageObject(message, schemas)]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: api.title,
      version: api.version,
      description: api.description,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      contact: { name: 'Order Processing System' },
      tags: [
        { name: 'orders', description: 'Events of orders.' },
        { name: 'products', description: 'Events of products and of their stock.' },
      ],
    },
    ...{ defaultContentType: 'application/json', servers: SERVERS },
    channels: byUniqueId(api.channels.map((channel) => [channel.id, channelObject(channel)])),
    operations: byUniqueId(
      api.channels.flatMap((channel) =>
        channel.operations.map((operation) => [operation.id, operationObject(channel, operation)] as const),
      ),
    ),
    components: {
      messages: Object.fromEntries(messages),
      schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: securitySchemes(api),
    },
  };
}

/** @throws Error when two entries have the same id. */
function byUniqueId(entries: readonly (readonly [id: string, value: object])[]): Record<string, object> {
  const ids = entries.map(([id]) => id);
  if (new Set(ids).size < ids.length) throw new Error(`an id is declared twice: ${ids.join(', ')}`);
  return Object.fromEntries(entries);
}

const HOST = {
  host: { default: 'localhost:3001', description: 'host and port of the Order Service' },
};

const SERVERS = {
  ws: {
    host: '{host}',
    pathname: '/v1',
    protocol: 'wss',
    description: 'WebSockets; the same path is served without /v1, and with ws:// where there is no TLS',
    variables: HOST,
  },
  http: {
    host: '{host}',
    pathname: '/v1',
    protocol: 'https',
    description: 'the API; the same paths are served without /v1, and with http:// where there is no TLS',
    variables: HOST,
  },
};

const messagesOf = ({ messages, replies = [] }: AsyncOperation): AsyncMessage[] => [...messages, ...replies];

function channelObject({ operations, protocol, parameters, ...channel }: AsyncChannel): object {
  const names = new Set(operations.flatMap(messagesOf).map(({ name }) => name));
  return {
    address: channel.address,
    title: channel.title,
    description: channel.description,
    ...(protocol && { servers: [{ $ref: `#/servers/${protocol}` }] }),
    ...(parameters && {
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, description]) => [name, { description }]),
      ),
    }),
    messages: Object.fromEntries([...names].map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    ...(channel.bindings && { bindings: channel.bindings }),
  };
}

function operationObject({ id }: AsyncChannel, operation: AsyncOperation): object {
  const channel = { $ref: `#/channels/${id}` };
  const refs = (messages: readonly AsyncMessage[]) =>
    messages.map(({ name }) => ({ $ref: `#/channels/${id}/messages/${name}` }));
  const { action, title, description, messages, replies, scope, bindings } = operation;
  return {
    action,
    channel,
    title,
    description,
    ...(scope !== undefined && { security: [{ $ref: '#/components/securitySchemes/bearer' }] }),
    messages: refs(messages),
    ...(replies && { reply: { channel, messages: refs(replies) } }),
    ...(bindings && { bindings }),
  };
}

/** @param schemas gets the schemas that the payload refers to, by name. */
function messageObject(message: AsyncMessage, schemas: Map<string, object>) {
  const { name, title, summary, payload, headers, example, examples = {} } = message;
  return {
    name,
    title,
    summary,
    contentType: 'application/json',
    payload: jsonSchema(payload, schemas),
    ...(headers && { headers: jsonSchema(headers, schemas) }),
    examples: Object.entries({ example, ...examples }).map(([title, content]) => ({
      name: title,
      payload: content,
    })),
  };
}

/** JSON Schema draft 07, the dialect of AsyncAPI. Schemas with a name become components. */
function jsonSchema(schema: z.ZodType, schemas: Map<string, object>): object {
  const text = JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }));
  const { definitions = {}, ...described } = JSON.parse(
    text.replaceAll('"#/definitions/', '"#/components/schemas/'),
  ) as { definitions?: Record<string, object>; $schema?: string };
  const own = Object.fromEntries(Object.entries(described).filter(([name]) => name !== '$schema'));
  for (const [name, definition] of Object.entries(definitions)) schemas.set(name, definition);
  const { id } = (schema.meta() ?? {}) as { id?: string };
  if (id === undefined || '$ref' in own) return own;
  schemas.set(id, own);
  return { $ref: `#/components/schemas/${id}` };
}

const securitySchemes = ({ tokenUrl, channels }: AsyncApiDescription) => {
  const scopes = channels.flatMap(({ operations }) => operations.flatMap(({ scope }) => scope ?? []));
  return {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        `An access token of ${tokenUrl} with the scope ${[...new Set(scopes)].join(', ')}, in the Authorization header. For WebSockets of browsers ` +
        'it can be the subprotocol `bearer.` followed by the token. Never in the URL.',
    },
  };
};
