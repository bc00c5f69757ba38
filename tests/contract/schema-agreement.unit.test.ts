import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import fc, { type Arbitrary } from 'fast-check';
import { type Request } from 'express';
import { type z } from 'zod';
import { contracts } from '../../scripts/contract/contracts';
import { IDEMPOTENCY_HEADER_PATTERN, idempotencyKey } from '../../src/shared/idempotency/idempotency-key';
import { orderLine } from '../../src/order-service/orders/routes/order-schemas';
import { orderServiceScopes } from '../../src/order-service/composition';
import { clientName, clientSchemas } from '../../src/order-service/identity/routes/client-resource';
import { clientId } from '../../src/shared/contracts/text';
import { customerId, productId, text } from '../../src/shared/contracts/text';
import { orderStep, shipmentStep, shippingChange } from '../../src/shared/contracts/shipment-resource';
import { expectedVersions, ENTITY_TAGS_PATTERN } from '../../src/shared/http/conditional-requests';
import { openApiDocument } from '../../src/shared/http/openapi-document';
import { operation } from '../../src/shared/http/operation';
import { schemaArbitrary, type JsonSchema } from '../support/schema-arbitrary';

/** The schemas that validate input, each with texts at the limits of its rules. */
const SCHEMAS: Record<string, z.ZodType> = {
  clientId,
  clientName,
  clientScopes: clientSchemas(orderServiceScopes.scopes).scopes,
  customerId,
  productId,
  orderStep,
  shipmentStep,
  shippingChange,
  orderLine,
  'text of at most 3 characters': text(0, 3),
};

const ajv = new Ajv2020({ strict: false });
addFormats(ajv);

/** The schema of a request body in the document. */
function documented(schema: z.ZodType): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const declared = operation({
    id: 'test',
    method: 'post',
    path: '/test',
    tag: 'test',
    summary: 'Test',
    description: 'Test',
    access: 'public',
    body: schema,
    responses: {},
    handle: () => undefined,
  });
  const api = {
    title: 'Test',
    version: '1',
    description: 'Test',
    tags: [],
    tokenUrl: '/',
    operations: [declared],
  };
  const document = JSON.parse(JSON.stringify(openApiDocument(api))) as {
    paths: Record<string, { post: { requestBody: { content: Record<string, { schema: JsonSchema }> } } }>;
    components: { schemas: Record<string, JsonSchema> };
  };
  return {
    schema: document.paths['/test']!.post.requestBody.content['application/json']!.schema,
    components: document.components.schemas,
  };
}

const edges: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    '',
    '😀',
    '😀😀😀',
    '😀😀😀😀',
    'a\u0000',
    '\ud800',
    '\udc00\ud800',
    'x'.repeat(100),
    '😀'.repeat(100),
    '😀'.repeat(101),
  ),
  fc.array(fc.constantFrom(...orderServiceScopes.scopes), { maxLength: 11 }),
  fc.dictionary(fc.string({ maxLength: 3 }), fc.constant(''), { minKeys: 18, maxKeys: 23 }),
);

/** Replaces one member at any depth of a value. */
const withEdge = (value: unknown, edge: unknown, place: number): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return place % 2 === 0 ? value : edge;
  const names = Object.keys(value);
  const name = names[place % (names.length + 1)];
  return name === undefined ? value : { ...value, [name]: edge };
};

describe('the contract and the validation', () => {
  for (const [name, validator] of Object.entries(SCHEMAS)) {
    it(`given any input for ${name}, then both accept it or both refuse it`, () => {
      const { schema, components } = documented(validator);
      const isDocumented = ajv.compile({ ...schema, components: { schemas: components } });
      const valueOf = (hostileness: number) =>
        schemaArbitrary({ components, meaningful: {}, hostileness })(schema);
      const inputs = fc.oneof(
        valueOf(0),
        valueOf(10),
        edges,
        fc.tuple(valueOf(0), edges, fc.nat(20)).map(([value, edge, place]) => withEdge(value, edge, place)),
      );
      const seen = new Set<boolean>();
      fc.assert(
        fc.property(inputs, (sent) => {
          const input: unknown = JSON.parse(JSON.stringify(sent));
          const isTaken = validator.safeParse(input).success;
          seen.add(isTaken);
          expect(isDocumented(input), JSON.stringify(input)).to.equal(isTaken);
        }),
        { numRuns: 400 },
      );
      expect(seen.size, 'some are accepted and some refused').to.equal(2);
    });
  }

  const header = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
    fc
      .array(fc.constantFrom('"', '\\', 'a', '*', 'W/', ',', ' ', '""', '"1"', 'é'), { maxLength: 8 })
      .map((parts) => parts.join('')),
    fc
      .integer({ min: 250, max: 260 })
      .chain((length) =>
        fc.constantFrom('x'.repeat(length), `"${'x'.repeat(length)}"`, `"${'\\"'.repeat(length)}"`),
      ),
  );
  const headersOf = (value: string): Request => ({ get: () => value }) as unknown as Request;
  const isTaken = (read: () => unknown): boolean => {
    try {
      read();
      return true;
    } catch {
      return false;
    }
  };
  for (const [name, pattern, read] of [
    ['Idempotency-Key', IDEMPOTENCY_HEADER_PATTERN, idempotencyKey],
    ['If-Match', ENTITY_TAGS_PATTERN, expectedVersions],
  ] as const) {
    it(`given any header ${name}, then the pattern of the contract matches exactly the accepted values`, () => {
      fc.assert(
        fc.property(header, (value) => {
          const fits = new RegExp(pattern, 'u').test(value);
          expect(fits, JSON.stringify(value)).to.equal(isTaken(() => read(headersOf(value))));
        }),
        { numRuns: 2_000 },
      );
    });
  }

  it('given any operation, then the document describes the answer to an unreadable request', () => {
    for (const document of Object.values(contracts())) {
      for (const [path, item] of Object.entries(document.paths ?? {})) {
        for (const [method, { responses }] of Object.entries(item as Record<string, { responses: object }>))
          expect(Object.keys(responses), `${method} ${path}`).to.include.members(['400', '408', '431']);
      }
    }
  });
});
