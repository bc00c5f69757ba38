import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { createOrderBody } from '../../../src/order-service/orders/routes/order-schemas';
import { idempotencyGuards } from '../../../src/order-service/orders/routes/idempotency-guard';
import { schemaArbitrary, type JsonSchema } from '../../support/schema-arbitrary';

const WINDOW_SECONDS = 60;

const BODY = {
  customer_id: 'ada',
  items: [
    { product_id: 'lamp', quantity: 1, unit_price: 79.9 },
    { product_id: 'bulb', quantity: 3, unit_price: 2.5 },
  ],
};

/** The guard of a single order, or of the lines of a bulk request. */
const guardOf = (sent: object, key: string | null = null) => guardsOf([sent], key)[0]!;
function guardsOf(lines: readonly object[], key: string | null = null) {
  const guard = idempotencyGuards(WINDOW_SECONDS);
  return lines.map((body) => guard({ key, body }, createOrderBody.parse(body)));
}

const document = JSON.parse(readFileSync('docs/openapi/order-service.json', 'utf8')) as {
  paths: Record<string, Record<string, { requestBody: { content: Record<string, { schema: JsonSchema }> } }>>;
  components: { schemas: Record<string, JsonSchema> };
};
const bodySchema = document.paths['/orders']!['post']!.requestBody.content['application/json']!.schema;
const valueOf = schemaArbitrary({ components: document.components.schemas, meaningful: {}, hostileness: 0 });
const anyOrder = (valueOf(bodySchema) as fc.Arbitrary<typeof BODY>).filter(
  (body) => createOrderBody.safeParse(body).success,
);

describe('the duplicate guard of an order without a key', () => {
  it('given another value of any member of the contract, then it is another order', () => {
    for (const [name, schema] of Object.entries(bodySchema.properties!)) {
      let compared = 0;
      fc.assert(
        fc.property(anyOrder, valueOf(schema, name), (body, value) => {
          const other = { ...body, [name]: value };
          const wasSame = JSON.stringify(body[name as keyof typeof body]) === JSON.stringify(value);
          // Sending the default value explicitly is the same order.
          if (wasSame || (name === 'currency' && value === 'USD')) return;
          if (!createOrderBody.safeParse(other).success) return;
          compared += 1;
          expect(guardOf(other).key, name).not.to.equal(guardOf(body).key);
        }),
        { numRuns: 60 },
      );
      expect(compared, name).to.be.greaterThan(5);
    }
  });

  it('given a member that this version does not know, in the order or in an item, then it counts too', () => {
    const order = createOrderBody.parse(BODY);
    const keyOf = (body: object) => idempotencyGuards(WINDOW_SECONDS)({ key: null, body }, order).key;
    const [first, second] = BODY.items;
    const keys = [
      BODY,
      { ...BODY, gift_note: 'a' },
      { ...BODY, gift_note: 'b' },
      { ...BODY, items: [{ ...first, discount: 1 }, second] },
      { ...BODY, items: [first, { ...second, discount: 1 }] },
    ].map(keyOf);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it('given the same members and items in any sequence, then it is the same order', () => {
    fc.assert(
      fc.property(
        anyOrder.chain((body) =>
          fc.tuple(fc.constant(body), fc.shuffledSubarray(body.items, { minLength: body.items.length })),
        ),
        ([body, items]) => {
          const turned = Object.fromEntries(Object.entries({ ...body, items }).reverse());
          expect(guardOf(turned)).to.deep.equal(guardOf(body));
        },
      ),
    );
  });

  it('given equal lines in one request, then each is an order: the k-th equals the k-th of the next request, and the first equals a single order', () => {
    const other = { ...BODY, customer_id: 'bob' };
    const keys = guardsOf([BODY, other, BODY, BODY, other]).map(({ key }) => key);
    expect(new Set(keys).size).to.equal(5);
    expect(guardsOf([BODY, BODY, BODY, other, other]).map(({ key }) => key)).to.have.members(keys);
    expect([guardOf(BODY).key, guardOf(other).key]).to.deep.equal(keys.slice(0, 2));
  });

  it('given no client_timestamp, then the guard ends with the window or the cancellation; with one, only after 24 hours', () => {
    expect(guardOf(BODY)).to.include({ windowSeconds: WINDOW_SECONDS, untilCancelled: true });
    const timed = { ...BODY, client_timestamp: '2026-01-01T00:00:00Z' };
    expect(guardOf(timed)).to.include({ windowSeconds: 86_400, untilCancelled: false });
    expect(guardOf(BODY, 'key')).to.include({ windowSeconds: null, untilCancelled: false, key: 'key' });
  });

  it('given only members that the previous version knew, then the key is unchanged; with newer members, the previous key is looked up too', () => {
    const lines = [
      '{"productId":"bulb","quantity":3,"unitPrice":250}',
      '{"productId":"lamp","quantity":1,"unitPrice":7990}',
    ];
    const former = createHash('sha256')
      .update(JSON.stringify(['ada', lines, 'USD', null]))
      .digest('hex');
    expect(guardOf(BODY)).to.include({ key: former, formerKey: null });
    expect(guardOf({ ...BODY, metadata: { note: 'a' } })).to.include({ formerKey: former });
    expect(
      guardsOf([
        { ...BODY, metadata: { note: 'a' } },
        { ...BODY, metadata: { note: 'a' } },
      ])[1],
    ).to.include({ formerKey: null });
  });

  it('given members that the previous version refused, then no order that it recorded can be the same', () => {
    const reserving = { ...BODY, reservation_id: '0190a0a0-0000-7000-8000-000000000001' };
    expect(guardOf(reserving)).to.include({ formerKey: null });
    expect(guardOf(reserving).key).not.to.equal(guardOf(BODY).key);
    const unpriced = { ...BODY, items: [{ product_id: 'lamp', quantity: 1 }], metadata: { note: 'a' } };
    expect(guardOf(unpriced)).to.include({ formerKey: null });
  });
});
