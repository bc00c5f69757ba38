import { get as httpGet } from 'node:http';
import { once } from 'node:events';
import { expect } from 'chai';
import { exportOrders } from '../../../src/order-service/orders/use-cases/export-orders';
import { type ApiClient, send } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

interface Result {
  line: number;
  status: number;
  replayed?: boolean;
  order?: { order_id: string; customer_id: string };
  problem?: { code: string; errors?: { path: string }[] };
}

describe('bulk orders and exports', function () {
  this.timeout(90_000);
  let pair: ServicePair;
  let shop: ApiClient;
  let other: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    shop = await pair.client('demo-client');
    other = await pair.client('demo-other');
  });
  after(() => pair.stop());

  /** Each test sees only the orders that were created since it began. */
  let since: string;
  beforeEach(() => {
    since = new Date().toISOString();
  });
  const orderRows = (): Promise<number> =>
    countRows(pair.environment['ORDER_DATABASE_URL']!, 'orders', `created_at >= '${since}'`);
  const raw = (client: ApiClient, text: string, headers: Record<string, string> = {}) =>
    send(`${pair.orderUrl}/orders/bulk`, 'POST', text, {
      Authorization: `Bearer ${client.token}`,
      'Content-Type': 'application/x-ndjson',
      ...headers,
    });
  async function bulk(lines: unknown[], headers?: Record<string, string>, client = shop): Promise<Result[]> {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    const answer = await raw(client, text, headers);
    expect([answer.status, answer.headers.get('content-type')], answer.text).to.deep.equal([
      200,
      'application/x-ndjson; charset=utf-8',
    ]);
    return answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Result);
  }

  describe('POST /orders/bulk', () => {
    it('given valid and invalid lines, then each has its result in order, and invalid lines do not affect valid ones', async () => {
      const results = await bulk([
        orderBody({ customer_id: 'first' }),
        '{',
        '',
        orderBody({ items: [] }),
        '{"__proto__":{"admin":true},"customer_id":"x"}',
        `${'['.repeat(40)}${']'.repeat(40)}`,
        orderBody({ idempotency_key: 'with space' }),
        orderBody({ customer_id: 'x'.repeat(200_000) }),
        orderBody({ customer_id: 'last' }),
        'null',
      ]);
      expect(results.map(({ line, status, problem }) => [line, status, problem?.code])).to.deep.equal([
        [1, 201, undefined],
        [2, 400, 'malformed_json'],
        [4, 400, 'validation_failed'],
        [5, 400, 'validation_failed'],
        [6, 400, 'validation_failed'],
        [7, 400, 'invalid_idempotency_key'],
        [8, 413, 'payload_too_large'],
        [9, 201, undefined],
        [10, 400, 'validation_failed'],
      ]);
      expect(results.map(({ order }) => order?.customer_id).filter(Boolean)).to.deep.equal(['first', 'last']);
      expect(await orderRows()).to.equal(2);
    });

    it('given a thousand lines twice, with a key for the request, then there are a thousand orders, and the second request is replayed', async () => {
      const lines = [...Array(1_000)].map((_, n) => orderBody({ customer_id: `c${n}` }));
      const first = await bulk(lines, { 'Idempotency-Key': 'file-1' });
      const second = await bulk(lines, { 'Idempotency-Key': 'file-1' });
      expect(first.every(({ status, replayed }) => status === 201 && replayed === false)).to.equal(true);
      expect(second.every(({ status, replayed }) => status === 201 && replayed === true)).to.equal(true);
      expect(second.map(({ order }) => order?.order_id)).to.deep.equal(
        first.map(({ order }) => order?.order_id),
      );
      expect(await orderRows()).to.equal(1_000);
    });

    it('given a line with its own key, then it is the same order as a single order under that key', async () => {
      const body = orderBody();
      const [line] = await bulk([{ ...body, idempotency_key: 'order-1' }]);
      const alone = await shop.post('/orders', body, { 'Idempotency-Key': 'order-1' });
      expect([alone.status, alone.headers.get('idempotency-replayed'), alone.body.order_id]).to.deep.equal([
        201,
        'true',
        line!.order!.order_id,
      ]);
      const [reused] = await bulk([{ ...orderBody(), idempotency_key: 'order-1' }]);
      expect([reused!.status, reused!.problem!.code]).to.deep.equal([422, 'idempotency_key_reused']);
      const [elsewhere] = await bulk([{ ...body, idempotency_key: 'order-1' }], {}, other);
      expect(elsewhere!.order!.order_id).not.to.equal(line!.order!.order_id);
    });

    it('given the same line twice without a key, then two orders; given the same request twice at once, then each order is created once', async () => {
      const twin = orderBody();
      const results = await bulk([twin, twin]);
      expect(new Set(results.map(({ order }) => order?.order_id)).size).to.equal(2);
      expect(results.map(({ status }) => status)).to.deep.equal([201, 201]);
      const lines = [...Array(20)].map(() => orderBody());
      lines.push(lines[0]!, lines[1]!, lines[0]!);
      const [a, b] = await Promise.all([bulk(lines), bulk(lines)]);
      expect(a!.map(({ order }) => order?.order_id)).to.deep.equal(b!.map(({ order }) => order?.order_id));
      expect(await orderRows()).to.equal(25);
    });

    it('given no lines, too many lines, too many bytes or another media type, then nothing is executed', async () => {
      const line = `${JSON.stringify(orderBody())}\n`;
      expect((await raw(shop, '')).status).to.be.oneOf([400, 415]);
      expect((await raw(shop, '\n \n')).body.code).to.equal('validation_failed');
      expect((await raw(shop, line.repeat(1_001))).body.code).to.equal('validation_failed');
      expect((await raw(shop, ' '.repeat(6_000_000))).body.code).to.equal('payload_too_large');
      expect((await raw(shop, line, { 'Content-Type': 'application/json' })).body.code).to.equal(
        'unsupported_media_type',
      );
      expect((await raw(shop, line, { 'Idempotency-Key': 'with space' })).body.code).to.equal(
        'invalid_idempotency_key',
      );
      expect(await orderRows()).to.equal(0);
    });
  });

  describe('GET /orders/export', () => {
    const exported = (client: ApiClient, query = '') =>
      client.get(`/orders/export?created_from=${since}&${query}`);

    it('given orders, then the NDJSON export has one line per order in the format of the API, and no order of another client', async () => {
      const placed = await bulk(
        [...Array(30)].map((_, n) =>
          orderBody({ customer_id: `c${n % 2}`, client_timestamp: new Date(n).toISOString() }),
        ),
      );
      await other.post('/orders', orderBody());
      const answer = await exported(shop);
      expect(answer.headers.get('content-type')).to.equal('application/x-ndjson');
      expect(answer.headers.get('content-disposition')).to.equal('attachment; filename="orders.ndjson"');
      const lines = answer.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { order_id: string });
      expect(lines.map(({ order_id }) => order_id)).to.have.members(
        placed.map(({ order }) => order!.order_id),
      );
      const { body } = await shop.get(`/orders/${lines[0]!.order_id}`);
      expect(lines[0]).to.deep.equal(body);
      expect((await exported(shop, 'customer_id=c1')).text.trim().split('\n')).to.have.length(15);
      expect((await exported(await pair.client('demo-operator'))).text.trim().split('\n')).to.have.length(31);
    });

    it('given cells that a spreadsheet would evaluate, then CSV escapes them, and quotes and line breaks are preserved', async () => {
      await shop.post('/orders', orderBody({ customer_id: '=HYPERLINK("http://evil","x")' }));
      await shop.post('/orders', orderBody({ customer_id: 'line\nbreak, "quoted"' }));
      const { text, headers } = await exported(shop, 'format=csv');
      expect(headers.get('content-type')).to.equal('text/csv; charset=utf-8');
      expect(text.split('\r\n')[0]).to.match(/^order_id,customer_id,status,currency,total_amount,/);
      expect(text).to.contain(`"'=HYPERLINK(""http://evil"",""x"")"`);
      expect(text).to.contain('"line\nbreak, ""quoted"""');
    });

    it('given no orders, then an empty file, in CSV with its header; given an invalid query, then a problem document', async () => {
      expect((await exported(shop)).text).to.equal('');
      expect((await exported(shop, 'format=csv')).text.split('\r\n')).to.have.length(2);
      expect((await exported(shop, 'format=xml&limit=3')).body.errors).to.have.length(2);
      expect((await send(`${pair.orderUrl}/orders/export`, 'GET')).status).to.equal(401);
    });

    it('given more orders than a page, then they are streamed page by page, and only one page is in memory', async () => {
      await fill(1_700);
      const pages: number[] = [];
      const query = (text: string, values?: unknown[]) =>
        rowsOf(pair.environment['ORDER_DATABASE_URL']!, text, values).then((rows) => ({ rows }));
      const tx = { query, queryLast: query };
      const reads = { read: (_reader: unknown, work: (tx: unknown) => unknown) => work(tx) };
      const reader = { clientId: 'demo-client', signal: new AbortController().signal };
      const filter = { createdFrom: new Date(since) };
      for await (const page of exportOrders(reads as never, filter, 'demo-client', reader))
        pages.push(page.length);
      expect(pages).to.deep.equal([500, 500, 500, 200]);
      expect((await exported(shop)).text.trim().split('\n')).to.have.length(1_700);
    });

    it('given a caller that disconnects, then the service continues, and the next export is complete', async () => {
      await fill(1_700);
      const request = httpGet(`${pair.orderUrl}/orders/export`, {
        headers: { Authorization: `Bearer ${shop.token}` },
      });
      const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream & { destroy(): void }];
      await once(response, 'data');
      response.destroy();
      expect((await exported(shop)).text.trim().split('\n')).to.have.length(1_700);
    });

    /** Inserts orders without the API, because only reading is tested. */
    const fill = (count: number) =>
      rowsOf(
        pair.environment['ORDER_DATABASE_URL']!,
        `WITH placed AS (
           INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, checked_at)
           SELECT gen_random_uuid(), 'demo-client', 'c', 'USD', 100, 'DELIVERED', 1, '{}', now(), now(), now() FROM generate_series(1, ${count})
           RETURNING order_id, client_id, customer_id, status, total_amount, created_at, updated_at),
         listed AS (INSERT INTO order_list SELECT * FROM placed)
         INSERT INTO order_items SELECT order_id, 1, 'lamp', 1, 100 FROM placed`,
      );
  });
});
