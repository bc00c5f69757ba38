import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { listInsertedOrders } from '../../support/order-list';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

interface Listed {
  order_id: string;
  customer_id: string;
  status: string;
  total_amount: number;
  created_at: string;
  updated_at: string;
}

const SORTS = ['created_at', '-created_at', 'updated_at', '-updated_at', 'total_amount', '-total_amount'];

describe('GET /orders', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let other: ApiClient;
  let operator: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    shop = await pair.client('demo-client');
    other = await pair.client('demo-other');
    operator = await pair.client('demo-operator');
    for (let n = 0; n < 12; n += 1) await place(shop, n);
    await place(other, 100);
    // Ties in every sort, and every status of the filters.
    await update(
      `UPDATE orders SET created_at = date_trunc('hour', created_at) WHERE customer_id IN ('c0', 'c1')`,
    );
    await update(
      `UPDATE orders SET updated_at = date_trunc('hour', updated_at) WHERE customer_id IN ('c0', 'c2')`,
    );
    await update(`UPDATE orders SET status = 'SHIPPED' WHERE total_minor % 2 = 0`);
    await update(`UPDATE orders SET status = 'DELIVERED' WHERE total_minor = 500`);
    await listInsertedOrders({ query: update });
  });
  after(() => pair.stop());

  const update = (sql: string) => rowsOf(pair.environment['ORDER_DATABASE_URL']!, sql);
  async function place(client: ApiClient, n: number): Promise<void> {
    const currency = ['USD', 'JPY', 'KWD'][n % 3];
    const items = [{ product_id: n % 4 === 0 ? 'rare' : 'lamp', quantity: 1, unit_price: (n % 6) + 1 }];
    const { status } = await client.post('/orders', orderBody({ customer_id: `c${n % 5}`, currency, items }));
    expect(status).to.be.oneOf([200, 201]);
  }

  async function allPages(client: ApiClient, query: string, limit = 3): Promise<Listed[]> {
    const found: Listed[] = [];
    for (let path: string | null = `/orders?limit=${limit}&${query}`; path !== null;) {
      const { status, body, headers } = await client.get(path);
      expect(status, path).to.equal(200);
      expect(body.data.length).to.be.at.most(limit);
      found.push(...(body.data as Listed[]));
      const [, next] = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '') ?? [];
      expect(next === undefined).to.equal(body.next_cursor === null);
      path = next ?? null;
    }
    return found;
  }

  const ids = (orders: Listed[]): string[] => orders.map((order) => order.order_id);

  /** The expected list, sorted in memory. */
  function sorted(orders: Listed[], sort: string): Listed[] {
    const column = sort.replace('-', '') as 'created_at' | 'total_amount';
    const sign = sort.startsWith('-') ? -1 : 1;
    const key = (order: Listed): [number, string] => [
      typeof order[column] === 'number' ? order[column] : Date.parse(order[column]),
      order.order_id,
    ];
    return [...orders].sort((a, b) => {
      const [[x, i], [y, j]] = [key(a), key(b)];
      return sign * (x - y || (i < j ? -1 : 1));
    });
  }

  for (const sort of SORTS) {
    it(`given sort=${sort}, then the pages together are all orders of the client, in that order, ties by id`, async () => {
      const found = await allPages(shop, `sort=${sort}`);
      expect(found).to.have.length(12);
      expect(ids(found)).to.deep.equal(ids(sorted(found, sort)));
      expect(new Set(ids(found)).size).to.equal(12);
    });
  }

  it('given another client, then it sees only its own orders; given an operator, then the orders of all clients, in one sort', async () => {
    expect(await allPages(other, '')).to.have.length(1);
    for (const sort of SORTS) {
      const found = await allPages(operator, `sort=${sort}`, 4);
      expect(found, sort).to.have.length(13);
      expect(ids(found)).to.deep.equal(ids(sorted(found, sort)));
    }
  });

  it('given filters, alone and combined, then exactly the matching orders are returned', async () => {
    const all = await allPages(shop, 'sort=created_at');
    const expectList = async (query: string, fits: (order: Listed) => boolean): Promise<void> => {
      const expected = all.filter(fits);
      expect(expected.length, `${query} finds something, and not everything`).to.be.within(1, 11);
      expect(ids(await allPages(shop, `sort=created_at&${query}`)), query).to.deep.equal(ids(expected));
    };
    await expectList('status=SHIPPED', ({ status }) => status === 'SHIPPED');
    await expectList(
      'status=SHIPPED&status=DELIVERED',
      ({ status }) => status === 'SHIPPED' || status === 'DELIVERED',
    );
    await expectList('customer_id=c3', (order) => order.customer_id === 'c3');
    await expectList(
      'customer_id=c0&status=SHIPPED',
      (order) => order.customer_id === 'c0' && order.status === 'SHIPPED',
    );
    const { created_at: from } = all[9]!;
    const { updated_at: updated } = [...all].sort((a, b) => (a.updated_at < b.updated_at ? -1 : 1))[9]!;
    await expectList(`created_from=${from}`, (order) => order.created_at >= from);
    await expectList(`created_to=${from}`, (order) => order.created_at < from);
    await expectList(`updated_from=${updated}`, (order) => order.updated_at >= updated);
    await expectList(
      `updated_to=${updated}&status=SHIPPED`,
      (order) => order.updated_at < updated && order.status === 'SHIPPED',
    );
    const rare = await allPages(shop, 'product_id=rare');
    expect(rare).to.have.length(3);
    expect(await allPages(shop, 'product_id=unknown')).to.deep.equal([]);
  });

  it('given new orders between two pages, then no other order is repeated or skipped', async () => {
    const first = await other.get('/orders?limit=1&sort=created_at');
    expect(first.body.next_cursor).to.equal(null);
    await Promise.all([...Array(5)].map((_, n) => place(other, 200 + n)));
    const page = await other.get('/orders?limit=2&sort=-created_at');
    await place(other, 300);
    const rest = await allPages(other, `sort=-created_at&cursor=${page.body.next_cursor}`, 2);
    const seen = [...ids(page.body.data as Listed[]), ...ids(rest)];
    expect(seen).to.have.length(6);
    expect(new Set(seen).size).to.equal(6);
  });

  it('given a cursor of another list, then it is refused', async () => {
    const { body } = await shop.get('/orders?limit=2');
    const cursor = body.next_cursor as string;
    const madeUp = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');
    for (const query of [
      `cursor=${cursor}&sort=created_at`,
      `cursor=${cursor}&sort=total_amount`,
      `cursor=${cursor}&sort=updated_at`,
      `cursor=${cursor.slice(1)}`,
      `cursor=${cursor.slice(0, -4)}`,
      `cursor=${madeUp(['created_at', true, 'yesterday', '0190a0a0-0000-7000-8000-00000000000a'])}`,
      `cursor=${madeUp(['created_at', true, '2030-01-01T00:00:00Z', "' OR true --"])}`,
      `cursor=${madeUp(null)}`,
      'cursor=',
      'cursor=..',
    ]) {
      const answer = await shop.get(`/orders?limit=2&${query}`);
      expect([answer.status, answer.body.code], query).to.deep.equal([400, 'invalid_cursor']);
    }
    expect((await shop.get(`/orders?limit=5&cursor=${cursor}`)).status, 'another page size').to.equal(200);
  });

  it('given a cursor of another client, or a changed cursor, then only own orders are shown', async () => {
    await place(other, 400);
    const { body } = await shop.get('/orders?limit=2');
    const ofShop = await allPages(other, `cursor=${body.next_cursor}`, 2);
    const own = new Set(ids(await allPages(other, '', 100)));
    expect(ids(ofShop).filter((id) => !own.has(id))).to.deep.equal([]);
    const position = ['created_at', true, '2999-01-01T00:00:00Z', '0190a0a0-0000-7000-8000-00000000000a'];
    const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
    const all = ids(await allPages(other, `cursor=${cursor}`, 100));
    expect(all).to.have.length(own.size);
  });

  it('given an invalid query, then every error is named', async () => {
    const { body } = await shop.get('/orders?limit=101&status=GONE&sort=name&created_from=yesterday&page=2');
    expect(body.errors.map(({ path }: { path: string }) => path)).to.have.members([
      'limit',
      'status[0]',
      'sort',
      'created_from',
      'page',
    ]);
    expect((await shop.get('/orders?limit=0')).status).to.equal(400);
    expect((await shop.get('/orders?customer_id=%00')).status).to.equal(400);
  });

  it('given parameters with question marks, spaces, ampersands and repetitions, then the links keep each, in order', async () => {
    const customer = 'who? what & why=<"a">, é + 50%';
    for (let n = 0; n < 3; n += 1)
      await shop.post(
        '/orders',
        orderBody({ customer_id: customer, client_timestamp: new Date(n).toISOString() }),
      );
    const query = `status=PENDING_SHIPMENT&customer_id=${encodeURIComponent(customer).replace('%3F', '?')}&status=SHIPPED&limit=2`;
    const { body, headers } = await shop.get(`/orders?${query}`);
    expect(body.data).to.have.length(2);
    const [, first = '', next = ''] =
      /^<([^<>]+)>; rel="first", <([^<>]+)>; rel="next"$/.exec(headers.get('link') ?? '') ?? [];
    const parametersOf = (link: string) => [...new URL(link, 'http://x').searchParams];
    const sent = [
      ['status', 'PENDING_SHIPMENT'],
      ['customer_id', customer],
      ['status', 'SHIPPED'],
      ['limit', '2'],
    ];
    expect(parametersOf(first)).to.deep.equal(sent);
    expect(parametersOf(next)).to.deep.equal([...sent, ['cursor', body.next_cursor]]);
    const rest = await shop.get(next);
    expect([rest.status, rest.body.data.length, rest.body.next_cursor]).to.deep.equal([200, 1, null]);
    expect(
      parametersOf(/^<([^<>]+)>; rel="first"$/.exec(rest.headers.get('link') ?? '')?.[1] ?? ''),
    ).to.deep.equal(sent);
  });
});
