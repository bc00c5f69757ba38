import { expect } from 'chai';
import { send, type ApiClient } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const item = { product_id: 'p', quantity: 1, unit_price: 1 };

/** The mistake, the body, and the path that the answer must name. */
const INVALID: [name: string, body: unknown, path: string][] = [
  ['no customer', orderBody({ customer_id: undefined }), 'customer_id'],
  ['an empty customer', orderBody({ customer_id: '' }), 'customer_id'],
  ['a customer of 101 characters', orderBody({ customer_id: 'c'.repeat(101) }), 'customer_id'],
  ['a customer with NUL', orderBody({ customer_id: 'a\u0000b' }), 'customer_id'],
  ['a customer with half a surrogate pair', orderBody({ customer_id: 'a\ud800' }), 'customer_id'],
  ['a number for a customer', orderBody({ customer_id: 7 }), 'customer_id'],
  ['no items', orderBody({ items: [] }), 'items'],
  ['101 items', orderBody({ items: Array(101).fill(item) }), 'items'],
  ['items that are not a list', orderBody({ items: 'all' }), 'items'],
  ['a quantity of 0', orderBody({ items: [{ ...item, quantity: 0 }] }), 'items[0].quantity'],
  ['a fractional quantity', orderBody({ items: [item, { ...item, quantity: 1.5 }] }), 'items[1].quantity'],
  ['a quantity of 10001', orderBody({ items: [{ ...item, quantity: 10_001 }] }), 'items[0].quantity'],
  ['a price of 0', orderBody({ items: [{ ...item, unit_price: 0 }] }), 'items[0].unit_price'],
  ['a negative price', orderBody({ items: [{ ...item, unit_price: -1 }] }), 'items[0].unit_price'],
  [
    'a price with three decimals',
    orderBody({ items: [{ ...item, unit_price: 1.001 }] }),
    'items[0].unit_price',
  ],
  [
    'decimals in yen',
    orderBody({ currency: 'JPY', items: [{ ...item, unit_price: 1.5 }] }),
    'items[0].unit_price',
  ],
  ['a price as text', orderBody({ items: [{ ...item, unit_price: '1' }] }), 'items[0].unit_price'],
  ['a price too large', orderBody({ items: [{ ...item, unit_price: 1e15 }] }), 'items[0].unit_price'],
  ['a total too large', orderBody({ items: [{ ...item, unit_price: 9e12, quantity: 9_999 }] }), 'items'],
  ['a currency that does not exist', orderBody({ currency: 'XXX' }), 'currency'],
  ['a currency in lower case', orderBody({ currency: 'usd' }), 'currency'],
  [
    '21 metadata pairs',
    orderBody({ metadata: Object.fromEntries([...Array(21).keys()].map((n) => [`k${n}`, 'v'])) }),
    'metadata',
  ],
  ['metadata that is not text', orderBody({ metadata: { a: 1 } }), 'metadata.a'],
  ['an unknown member', orderBody({ total_amount: 1 }), 'total_amount'],
  ['an unknown member in an item', orderBody({ items: [{ ...item, discount: 1 }] }), 'items[0].discount'],
  ['a malformed timestamp', orderBody({ client_timestamp: 'yesterday' }), 'client_timestamp'],
  ['a list instead of an order', [], ''],
  ['no body', undefined, 'customer_id'],
];

describe('POST /orders', () => {
  let pair: ServicePair;
  let client: ApiClient;
  before(async () => {
    pair = await startServicePair();
    client = await pair.client();
  });
  after(() => pair.stop());

  for (const [name, body, path] of INVALID) {
    it(`given ${name}, then 400 names ${path || 'the body'}`, async () => {
      const answer = await client.post('/orders', body);
      expect(answer.status).to.equal(400);
      expect(answer.headers.get('content-type')).to.contain('application/problem+json');
      expect(answer.body.errors.map((error: { path: string }) => error.path)).to.include(path);
    });
  }

  it('given several errors, then all of them are named', async () => {
    const answer = await client.post('/orders', { customer_id: '', items: [], currency: 'nope' });
    const paths = answer.body.errors.map((error: { path: string }) => error.path);
    expect(paths).to.have.members(['customer_id', 'items', 'currency']);
  });

  it('given a valid order, then 201 with the order, Location and ETag', async () => {
    const body = orderBody({
      currency: 'KWD',
      items: [{ product_id: 'p', quantity: 3, unit_price: 1.125 }],
      metadata: { a: 'b' },
    });
    const answer = await client.post('/orders', body);
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('location')).to.equal(`/orders/${answer.body.order_id}`);
    expect(answer.headers.get('etag')).to.equal('"1"');
    expect(answer.body).to.include({
      status: 'PENDING_SHIPMENT',
      total_amount: 3.375,
      cancellation: null,
      shipping: null,
    });
    const found = await client.get(`/orders/${answer.body.order_id}`);
    expect(found.status).to.equal(200);
    expect(found.body).to.include({ customer_id: body.customer_id, total_amount: 3.375, currency: 'KWD' });
    expect(found.body.metadata).to.deep.equal({ a: 'b' });
  });

  it('given the path /v1/orders, then Location is below /v1 too', async () => {
    const answer = await client.post('/v1/orders', orderBody());
    expect(answer.headers.get('location')).to.equal(`/v1/orders/${answer.body.order_id}`);
    expect((await client.get(`/v1/orders/${answer.body.order_id}`)).status).to.equal(200);
  });

  it('given text of every kind, then it is returned unchanged', async () => {
    const name = 'Zoë 🚀 \u202e\uffff\ufffe ; DROP TABLE orders; -- \r\n\u001b[31m';
    const answer = await client.post('/orders', orderBody({ customer_id: name }));
    expect(answer.status).to.equal(201);
    expect((await client.get(`/orders/${answer.body.order_id}`)).body.customer_id).to.equal(name);
  });

  it('given a correlation id, then the event of the order has it', async () => {
    const { body } = await client.post('/orders', orderBody(), { 'X-Correlation-Id': 'my-trace-1' });
    const timeline = await client.get(`/orders/${body.order_id}/timeline`);
    expect(timeline.body.data[0]).to.include({
      type: 'ORDER_CREATED',
      actor: 'demo-client',
      correlation_id: 'my-trace-1',
    });
  });

  it('given an event that cannot be written, then neither the order nor its idempotency record is stored', async () => {
    const url = pair.environment['ORDER_DATABASE_URL']!;
    const other = await pair.client('demo-other');
    await rowsOf(url, `ALTER TABLE events ADD CONSTRAINT refuse CHECK (actor <> 'demo-other') NOT VALID`);
    const refused = await other.post('/orders', orderBody(), { 'Idempotency-Key': 'atomic' });
    await rowsOf(url, 'ALTER TABLE events DROP CONSTRAINT refuse');
    expect([refused.status, refused.body.code]).to.deep.equal([500, 'internal_error']);
    expect(refused.text).not.to.contain('constraint');
    expect(await countRows(url, 'orders', `client_id = 'demo-other'`)).to.equal(0);
    const again = await other.post('/orders', orderBody(), { 'Idempotency-Key': 'atomic' });
    expect([again.status, again.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
  });

  it('given another client, then the order and its timeline are 404 for it, exactly as an unknown id', async () => {
    const { body } = await client.post('/orders', orderBody());
    const other = await pair.client('demo-other');
    const unknown = '0190a0a0-0000-7000-8000-000000000000';
    for (const [method, suffix] of [
      ['get', ''],
      ['get', '/timeline'],
      ['post', '/cancel'],
    ] as const) {
      const foreign = await other[method](`/orders/${body.order_id}${suffix}`);
      const missing = await other[method](`/orders/${unknown}${suffix}`);
      expect(foreign.status).to.equal(404);
      expect({ ...foreign.body, instance: '', correlation_id: '' }).to.deep.equal({
        ...missing.body,
        instance: '',
        correlation_id: '',
      });
    }
    expect((await client.get('/orders/not-a-uuid')).status).to.equal(404);
  });

  it('given an operator, then every client’s order is visible', async () => {
    const { body } = await client.post('/orders', orderBody());
    const operator = await pair.client('demo-operator');
    expect((await operator.get(`/orders/${body.order_id}`)).status).to.equal(200);
  });

  it('given no token, a malformed token, or an unsupported method, then 401 with WWW-Authenticate and 405 with Allow', async () => {
    const bare = await send(`${pair.orderUrl}/orders`, 'POST', orderBody());
    expect([bare.status, bare.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer']);
    const broken = await send(`${pair.orderUrl}/orders`, 'POST', orderBody(), {
      Authorization: 'Bearer x.y.z',
    });
    expect([broken.status, broken.headers.get('www-authenticate')]).to.deep.equal([
      401,
      'Bearer error="invalid_token"',
    ]);
    const wrongMethod = await send(`${pair.orderUrl}/orders`, 'DELETE', undefined, {
      Authorization: `Bearer ${client.token}`,
    });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).to.deep.equal([405, 'POST, GET, HEAD']);
  });

  it('given a body that is not JSON, then 415; given malformed JSON, then 400', async () => {
    const asText = await client.post('/orders', 'customer=1', { 'Content-Type': 'text/plain' });
    expect(asText.status).to.equal(415);
    const broken = await client.post('/orders', '{"customer_id":', { 'Content-Type': 'application/json' });
    expect([broken.status, broken.body.code]).to.deep.equal([400, 'malformed_json']);
  });
});
