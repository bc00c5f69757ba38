import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { startServicePair, type ServicePair } from '../../support/service-pair';

type Body = Record<string, unknown>;

const item = (member: Body): Body => ({
  items: [{ product_id: 'lamp', quantity: 1, unit_price: 9.99, ...member }],
});

/** Values that are not a text of 1 to 100 characters. */
const NO_TEXT: unknown[] = [
  undefined,
  null,
  '',
  1,
  true,
  [],
  {},
  ['text'],
  'x'.repeat(101),
  'a\u0000b',
  '\ud800',
  'a\udfffb',
];
const NO_INTEGER: unknown[] = [undefined, null, '1', true, [], {}, 0, -1, 1.5, 10_001, 1e308, 1e21, '0x1'];
const NO_AMOUNT: unknown[] = [
  undefined,
  null,
  '9.99',
  true,
  [],
  {},
  0,
  -0.01,
  9.999,
  1e-7,
  1e308,
  90_071_992_547_410,
  Number.MIN_VALUE,
];
const NO_CURRENCY: unknown[] = [null, '', 'usd', 'US', 'USDX', 'XXX', 1, true, [], {}, ['USD'], 'US\u0000'];
const NO_LIST: unknown[] = [
  undefined,
  null,
  '',
  'text',
  1,
  true,
  {},
  [],
  [1],
  [null],
  [[]],
  Array(101).fill({ product_id: 'p', quantity: 1, unit_price: 1 }),
];
const NO_MAP: unknown[] = [
  null,
  '',
  'text',
  1,
  true,
  [],
  { a: 1 },
  { a: null },
  { a: {} },
  { '': 'x' },
  { ['x'.repeat(41)]: 'x' },
  { a: 'x'.repeat(501) },
  Object.fromEntries([...Array(21)].map((_, n) => [`k${n}`, 'v'])),
];
const NO_TIME: unknown[] = [
  null,
  '',
  'yesterday',
  '2026-01-01',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T00:00:00',
  0,
  true,
  [],
  {},
];

const FIELDS: [path: string, body: (value: unknown) => Body, values: unknown[]][] = [
  ['customer_id', (value) => ({ customer_id: value }), NO_TEXT],
  ['items[0].product_id', (value) => item({ product_id: value }), NO_TEXT],
  ['items[0].quantity', (value) => item({ quantity: value }), NO_INTEGER],
  [
    'items[0].unit_price',
    (value) => item({ unit_price: value }),
    NO_AMOUNT.filter((value) => value !== undefined),
  ],
  ['currency', (value) => ({ currency: value }), NO_CURRENCY],
  ['items', (value) => ({ items: value }), NO_LIST],
  ['metadata', (value) => ({ metadata: value }), NO_MAP],
  ['client_timestamp', (value) => ({ client_timestamp: value }), NO_TIME],
];

const HOSTILE: [name: string, text: string, code: string][] = [
  ['a prototype', '{"__proto__":{"customer_id":"x"}}', 'validation_failed'],
  ['a constructor', '{"constructor":{"prototype":{"admin":true}}}', 'validation_failed'],
  ['33 levels', `{"metadata":${'{"a":'.repeat(33)}1${'}'.repeat(33)}}`, 'validation_failed'],
  ['deeply nested brackets', '['.repeat(50_000), 'malformed_json'],
  ['a comment', '{"customer_id":"x" /* y */}', 'malformed_json'],
  ['NaN', '{"customer_id":NaN}', 'malformed_json'],
  [
    '1e400',
    '{"customer_id":"x","items":[{"product_id":"p","quantity":1,"unit_price":1e400}]}',
    'validation_failed',
  ],
  ['two documents', '{} {}', 'malformed_json'],
  ['only white space', '   ', 'malformed_json'],
];

describe('API security: input', () => {
  let pair: ServicePair;
  let client: ApiClient;
  const count = countCases('input');
  before(async () => {
    pair = await startServicePair();
    client = await pair.client();
  });
  after(async () => {
    await pair.stop();
  });

  const valid = (): Body => ({ customer_id: 'ada', ...item({}) });

  for (const [path, body, values] of FIELDS) {
    it(`given ${values.length} invalid values for ${path}, then each answer names the path, and no order is placed`, async () => {
      const answers = await Promise.all(
        values.map((value) => client.post('/orders', { ...valid(), ...body(value) })),
      );
      for (const [index, { status, body: answer, text }] of answers.entries()) {
        const shown = `${path} = ${JSON.stringify(values[index])}: ${text}`.slice(0, 400);
        expect([status, answer.code], shown).to.deep.equal([400, 'validation_failed']);
        const paths = answer.errors.map((error: { path: string }) => error.path) as string[];
        expect(
          paths.some((found) => found.startsWith(path) || (path === 'items' && found.startsWith('items'))),
          shown,
        ).to.equal(true);
        expect(text, shown).not.to.match(/ {4}at |SELECT|INSERT|node_modules/);
        count();
      }
      expect((await client.get('/orders')).body.data).to.deep.equal([]);
    });
  }

  for (const [name, text, code] of HOSTILE) {
    it(`given ${name}, then ${code}`, async () => {
      const answer = await client.post('/orders', text, { 'Content-Type': 'application/json' });
      expect([answer.status, answer.body.code]).to.deep.equal([400, code]);
      count();
    });
  }

  it('given unknown members, then each is named', async () => {
    const { body } = await client.post('/orders', {
      ...valid(),
      status: 'DELIVERED',
      client_id: 'demo-other',
      ...item({ discount: 1 }),
    });
    expect(body.errors.map(({ path }: { path: string }) => path)).to.have.members([
      'status',
      'client_id',
      'items[0].discount',
    ]);
    count();
  });

  it('given text with line breaks, escape sequences and headers, then it is returned unchanged as text', async () => {
    const customer = 'a\r\nX-Injected: 1\u001b[31m <script>alert(1)</script> \u202e';
    const { status, body, headers } = await client.post('/orders', { ...valid(), customer_id: customer });
    expect([status, body.customer_id, headers.get('x-injected')]).to.deep.equal([201, customer, null]);
    const hostile = await client.get('/orders/1', { 'X-Correlation-Id': 'bad id' });
    expect(hostile.headers.get('x-correlation-id')).to.match(/^[0-9a-f-]{36}$/);
    count(2);
  });
});
