import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

/** Long enough that within a test only a cancel request ends a statement. */
const LONG_MS = '60000';

/**
 * A list with the product "slow" takes a tenth of a second for each line that it reads, with "endless" ten minutes; orders of other products
 * are read and placed as usual.
 */
const SLOW_LINES = `
  ALTER TABLE order_items RENAME TO lines;
  CREATE VIEW order_items AS
    SELECT order_id, line, product_id, quantity, unit_price_minor, catalogue_id, name, is_stock_kept FROM lines
     WHERE product_id NOT IN ('slow', 'endless')
        OR pg_sleep(CASE product_id WHEN 'slow' THEN 0.1 ELSE 600 END) IS NOT NULL`;

describe('slow lists', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let other: ApiClient;
  before(async () => {
    pair = await startServicePair({
      variables: {
        DATABASE_POOL_MAX: '4',
        DATABASE_READ_POOL_MAX: '8',
        DATABASE_CONNECT_TIMEOUT_MS: '1000',
        DATABASE_QUERY_TIMEOUT_MS: LONG_MS,
        SIMULATED_STEP_MS: '3600000',
      },
    });
    shop = await pair.client('demo-client');
    other = await pair.client('demo-other');
    for (const product of ['slow', 'endless']) await place(shop, product);
    await rowsOf(pair.environment['ORDER_DATABASE_URL']!, SLOW_LINES);
  });
  after(() => pair.stop());

  async function place(client: ApiClient, product: string): Promise<void> {
    const items = [{ product_id: product, quantity: 1, unit_price: 1 }];
    const { status, text } = await client.post('/orders', orderBody({ items }));
    expect(status, text).to.equal(201);
  }

  const running = () =>
    rowsOf<{ query: string }>(
      pair.environment['ORDER_DATABASE_URL']!,
      `SELECT query FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'order-service reads' AND state = 'active'`,
    );

  /** A list whose caller can disconnect. */
  function openList(client: ApiClient, path: string): { leave: () => void } {
    const request = httpRequest(pair.orderUrl + path, {
      headers: { Authorization: `Bearer ${client.token}` },
    });
    request.on('error', () => undefined);
    request.end();
    return { leave: () => void request.destroy() };
  }

  it('given a client with 30 slow lists at once, then the orders and lists of another client are served, and the surplus is refused with Retry-After', async () => {
    const endless = [1, 2].map(() => openList(shop, '/orders?product_id=endless'));
    await eventually(async () => expect(await running()).to.have.length(2));
    const flood = Promise.all([...Array(28)].map(() => shop.get('/orders?product_id=slow')));
    for (let n = 0; n < 10; n += 1) await place(other, 'lamp');
    expect((await other.get('/orders?product_id=lamp')).status).to.equal(200);
    (await flood).forEach(expectTooManyReads);
    expect(await running(), 'the two running statements').to.have.length(2);
    endless.forEach(({ leave }) => leave());
    await eventually(async () => expect((await shop.get('/orders?product_id=slow')).status).to.equal(200));
  });

  function expectTooManyReads({ body, headers }: ApiResponse): void {
    expect(body).to.include({ code: 'too_many_reads', status: 429 });
    expect(headers.get('retry-after')).to.equal('1');
  }

  for (const path of ['/orders?product_id=endless', '/orders/export?product_id=endless']) {
    it(`given callers of ${path} that disconnect, then their statements are cancelled at the server, and their slots are free`, async () => {
      const callers = [...Array(5)].map(() => openList(shop, path));
      await eventually(async () => expect(await running()).to.have.length(2));
      callers.forEach(({ leave }) => leave());
      await eventually(async () => expect(await running()).to.deep.equal([]));
      expect((await shop.get('/orders?limit=1&customer_id=nobody')).status).to.equal(200);
    });
  }
});
