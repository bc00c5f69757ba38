import fc, { type Arbitrary } from 'fast-check';
import {
  hostileValue,
  mostly,
  schemaArbitrary,
  type JsonSchema,
  type SchemaArbitrary,
} from './schema-arbitrary';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: JsonSchema;
}

export interface OperationObject {
  operationId: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, JsonSchema> };
}

export interface FuzzRequest {
  method: string;
  /** Path with query. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** The client whose token is sent; undefined: no token. */
  as: string | undefined;
}

export interface Operation extends OperationObject {
  method: string;
  path: string;
}

export interface Meaning {
  /** Existing values of parameters and members, by name. */
  values: Record<string, readonly unknown[]>;
  /** The possible callers of a request, repeated by weight; undefined: no token. */
  callers: readonly (string | undefined)[];
}

export const operationsOf = (document: OpenApiDocument): Operation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase(),
    })),
  );

/** Requests for an operation: most conform to the contract, the others have one fault or many. */
export function requestArbitrary(
  { components }: OpenApiDocument,
  operation: Operation,
  meaning: Meaning,
): Arbitrary<FuzzRequest> {
  const valuesWith = (hostileness: number): SchemaArbitrary =>
    schemaArbitrary({ components: components.schemas, meaningful: meaning.values, hostileness });
  return fc.oneof(
    requestOf(operation, meaning.callers, valuesWith(0)),
    requestOf(operation, meaning.callers, valuesWith(8)),
  );
}

function requestOf(
  operation: Operation,
  callers: readonly (string | undefined)[],
  valueOf: SchemaArbitrary,
): Arbitrary<FuzzRequest> {
  const { parameters = [], method } = operation;
  const ofKind = (kind: string): Arbitrary<Record<string, unknown>> =>
    fc.record(
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === kind)
          .map(({ name, required, schema }) => [name, seldomUnless(required, valueOf(schema, name))]),
      ),
    );
  return fc
    .record({
      path: ofKind('path'),
      query: ofKind('query'),
      unknown: seldomUnless(false, hostileValue),
      headers: ofKind('header'),
      common: commonHeaders,
      body: bodyOf(operation, valueOf),
      as: callerOf(operation, callers),
    })
    .map(({ path, query, unknown, headers, common, body, as }) => ({
      method,
      path: filled(operation.path, path) + queryText({ ...query, unknown }),
      headers: headersOf({ ...common, ...headers, ...(body && { 'Content-Type': body.type }) }),
      body: body?.text,
      as,
    }));
}

/** Operations without authentication seldom get a token. A bias to the ends of the list would make most callers unauthenticated. */
function callerOf(
  { security = [] }: Operation,
  callers: readonly (string | undefined)[],
): Arbitrary<string | undefined> {
  const anyCaller = fc.noBias(fc.constantFrom(...callers));
  if (security.some((scheme) => 'oauth2' in scheme)) return anyCaller;
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: anyCaller, weight: 1 });
}

const seldomUnless = (required = false, value: Arbitrary<unknown>): Arbitrary<unknown> =>
  required ? value : mostly(fc.constant(undefined), value);

/** Headers that any request may have. */
const commonHeaders: Arbitrary<Record<string, unknown>> = fc.record({
  Accept: seldomUnless(
    false,
    fc.oneof(fc.constantFrom('text/html', 'application/xml', '*/*;q=0'), hostileValue),
  ),
  'X-Correlation-Id': seldomUnless(false, hostileValue),
  'X-Forwarded-For': seldomUnless(false, fc.oneof(fc.ipV4(), fc.ipV6(), hostileValue)),
  traceparent: seldomUnless(false, hostileValue),
});

/** Removes characters that a header cannot contain. */
const headersOf = (headers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, asText(value).replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')]],
    ),
  );

/** A body in one of the media types of the operation, sometimes with another Content-Type, sometimes not a valid body. */
function bodyOf(
  { requestBody }: OperationObject,
  valueOf: SchemaArbitrary,
): Arbitrary<{ type: string; text: string } | undefined> {
  if (!requestBody) return fc.constant(undefined);
  const wellFormed = Object.entries(requestBody.content).map(([type, { schema }]) => {
    const value = valueOf(schema);
    const text = type.endsWith('ndjson')
      ? fc.array(value, { maxLength: 4 }).map((lines) => lines.map((line) => JSON.stringify(line)).join('\n'))
      : value.map((found) => (type.endsWith('json') ? JSON.stringify(found) : formText(found)));
    return fc.record({ type: fc.constant(type), text });
  });
  const types = [
    ...Object.keys(requestBody.content),
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
  ];
  const broken = fc.record({
    type: fc.constantFrom(...types),
    text: fc.oneof(
      fc.string({ unit: 'binary' }),
      hostileValue.map((value) => JSON.stringify(value).slice(0, -1)),
    ),
  });
  return fc.oneof(
    { arbitrary: fc.oneof(...wellFormed), weight: 10 },
    { arbitrary: broken, weight: 1 },
    { arbitrary: fc.constant(undefined), weight: 1 },
  );
}

const filled = (template: string, values: Record<string, unknown>): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(asText(values[name])));

const queryText = (query: Record<string, unknown>): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const pairs = given.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}=${encoded(asText(one))}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

const formText = (value: unknown): string =>
  Object.entries(Object(value) as object)
    .map(([name, member]) => `${encoded(name)}=${encoded(asText(member))}`)
    .join('&');

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
