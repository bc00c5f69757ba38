import { expect } from 'chai';
import { foldOrder } from '../../../src/order-service/orders/domain/evolve-order';
import { getOrder } from '../../../src/order-service/orders/use-cases/get-order';
import { orderSnapshot, toMessagePayload } from '../../../src/shared/contracts/messages';
import { eventsOfEach } from '../../../src/shared/event-log/read-events';
import { type ApiClient } from '../../support/api-client';
import { changeProduct, createProduct, line } from '../../support/stock-scene';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { openDatabase } from '../../support/open-database';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

interface Fault {
  path: string;
  code?: string;
}

/** Repeats are answered from the database. */
const REDIS_DOWN = { REDIS_URL: 'redis://127.0.0.1:1' };

describe('orders with an open catalogue', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let url: string;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    url = pair.environment['ORDER_DATABASE_URL']!;
    shop = await pair.client();
  });
  after(() => pair.stop());

  const place = (items: object[], more: object = {}, client = shop, headers = {}) =>
    client.post('/orders', orderBody({ items, ...more }), headers);

  it('given an owner without products, then an item without a price is refused, and one with a price is a free item', async () => {
    const other = await pair.client('demo-other');
    const refused = await place([line('thing', 1, { unit_price: 2 }), line('thing')], {}, other);
    expect([refused.status, refused.body.code]).to.deep.equal([422, 'catalogue_mismatch']);
    expect(refused.body.errors as Fault[]).to.have.length(1);
    expect(refused.body.errors[0]).to.include({ path: 'items[1].unit_price', code: 'price_required' });
    const placed = await place([line('thing', 3, { unit_price: 2 })], {}, other);
    expect(placed.status).to.equal(201);
    expect(placed.body.items).to.deep.equal([{ product_id: 'thing', quantity: 3, unit_price: 2 }]);
  });

  it('given an item of the catalogue, then the order has its name and price wherever it is shown, and keeps them', async () => {
    const lamp = await createProduct(shop, { name: 'Desk lamp', price: 79.9 });
    const items = [line(lamp, 2), line('gift', 1, { unit_price: 5 }), line(lamp, 1, { unit_price: 60 })];
    const placed = await place(items);
    expect(placed.status, placed.text).to.equal(201);
    expect(placed.body.total_amount).to.equal(224.8);
    expect(placed.body.items).to.deep.equal([
      { product_id: lamp.sku, quantity: 2, unit_price: 79.9, name: 'Desk lamp' },
      { product_id: 'gift', quantity: 1, unit_price: 5 },
      { product_id: lamp.sku, quantity: 1, unit_price: 60, name: 'Desk lamp' },
    ]);
    await changeProduct(pair.orderUrl, shop, lamp, { name: 'Other name', price: 1 });
    const id = placed.body.order_id as string;
    expect((await shop.get(`/orders/${id}`)).body).to.deep.equal(placed.body);
    const listed = await shop.get(`/orders?product_id=${lamp.sku}`);
    expect(listed.body.data).to.deep.equal([placed.body]);
    const exported = await shop.get(`/orders/export?product_id=${lamp.sku}`);
    expect(JSON.parse(exported.text)).to.deep.equal(placed.body);
    const csv = await shop.get(`/orders/export?format=csv&product_id=${lamp.sku}`);
    expect(csv.text).to.contain('""name"":""Desk lamp""');
    await eventually(async () => {
      const events = (await shop.get(`/events?order_id=${id}`)).body.data as { data: { order: unknown } }[];
      expect(events[0]?.data.order).to.deep.equal(placed.body);
    });
  });

  it('given the log of such an order, then its fold is the order, and its message is as without a catalogue', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    const placed = await place([line('gift', 1, { unit_price: 5 }), line(lamp, 2)]);
    const id = placed.body.order_id as string;
    const database = openDatabase(url);
    const log = (await eventsOfEach(database, [id])).get(id)!;
    // A message of the Delivery Service that changes nothing else is counted in the table only.
    const order = { ...(await getOrder(database, id, null)), shipmentVersion: 0 };
    await database.stop();
    expect(foldOrder(log)).to.deep.equal(order);
    const message = toMessagePayload(log[0]!.payload) as { items: object[] };
    expect(message).to.deep.equal(orderSnapshot.parse(message));
    expect(message).to.have.all.keys('client_id', 'customer_id', 'items', 'currency', 'total_amount');
    expect(Object.keys(message.items[1]!)).to.have.members(['product_id', 'quantity', 'unit_price']);
    const timeline = (await shop.get(`/orders/${id}/timeline`)).body.data as { payload: object }[];
    expect(timeline[0]!.payload).to.deep.include({
      catalogue: [{ line: 2, product_id: lamp.product_id, name: `Product ${lamp.sku}` }],
    });
  });

  it('given an inactive product, or one with a price in another currency, then an item needs a price', async () => {
    const old = await createProduct(shop, { active: false });
    const euro = await createProduct(shop, { currency: 'EUR' });
    const refused = await place([line(old), line(euro), line(old, 1, { unit_price: 1 })]);
    expect(refused.status).to.equal(422);
    expect((refused.body.errors as Fault[]).map(({ path, code }) => [path, code])).to.deep.equal([
      ['items[0].product_id', 'inactive_product'],
      ['items[1].unit_price', 'other_currency'],
    ]);
    expect(refused.body.errors[0].message).to.contain(old.sku);
    expect((await place([line(euro)], { currency: 'EUR' })).status).to.equal(201);
    expect((await place([line(old, 1, { unit_price: 1 })])).status).to.equal(201);
  });

  it('given a deleted product, then a new order is refused, and the repeat of an earlier one gets its answer', async () => {
    for (const headers of [{ 'Idempotency-Key': 'before-deletion' }, {}]) {
      const lamp = await createProduct(shop, { sku: `deleted-${Object.keys(headers).length}` });
      const body = orderBody({ items: [line(lamp)] });
      const first = await shop.post('/orders', body, headers);
      expect(first.status).to.equal(201);
      await changeProduct(pair.orderUrl, shop, lamp, null);
      const again = await shop.post('/orders', body, headers);
      expect(again.headers.get('idempotency-replayed'), again.text).to.equal('true');
      expect(again.text).to.equal(first.text);
      const other = await shop.post('/orders', orderBody({ items: [line(lamp)] }));
      expect([other.status, other.body.errors[0].code]).to.deep.equal([422, 'price_required']);
    }
  });

  it('given a key that was used, when it is sent with an order that the catalogue refuses, then the reuse is reported', async () => {
    const headers = { 'Idempotency-Key': 'used' };
    expect((await place([line('free', 1, { unit_price: 1 })], {}, shop, headers)).status).to.equal(201);
    const reused = await place([line('unknown')], {}, shop, headers);
    expect([reused.status, reused.body.code]).to.deep.equal([422, 'idempotency_key_reused']);
  });

  it('given a refused order, then its key is free', async () => {
    const headers = { 'Idempotency-Key': 'refused-first' };
    const body = orderBody({ items: [line('later')] });
    expect((await shop.post('/orders', body, headers)).status).to.equal(422);
    await createProduct(shop, { sku: 'later' });
    const placed = await shop.post('/orders', body, headers);
    expect([placed.status, placed.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
  });

  it('given an order with a price and the same one without, then they are different orders; repeats of each are recognised', async () => {
    const lamp = await createProduct(shop, { price: 10 });
    const body = orderBody({ items: [line(lamp)] });
    const priced = { ...body, items: [line(lamp, 1, { unit_price: 10 })] };
    const answers = [];
    for (const one of [body, priced, body, priced]) answers.push(await shop.post('/orders', one));
    expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 200, 200]);
    expect(answers[2]!.text).to.equal(answers[0]!.text);
    expect(answers[3]!.text).to.equal(answers[1]!.text);
  });

  it('given the columns of the table, then free items have no product', async () => {
    expect(await countRows(url, 'order_items', '(catalogue_id IS NULL) <> (name IS NULL)')).to.equal(0);
    const [row] = await rowsOf<{ free: boolean; products: boolean }>(
      url,
      'SELECT bool_or(catalogue_id IS NULL) AS free, bool_or(catalogue_id IS NOT NULL) AS products FROM order_items',
    );
    expect(row).to.deep.equal({ free: true, products: true });
  });
});

describe('orders with a strict catalogue', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair({
      variables: { ...REDIS_DOWN, CATALOGUE: 'strict', SIMULATED_STEP_MS: '3600000' },
    });
    shop = await pair.client();
  });
  after(() => pair.stop());

  it('given unknown, inactive and wrongly priced items, then all are named with a code; the right ones are placed', async () => {
    const lamp = await createProduct(shop, { price: 79.9 });
    const old = await createProduct(shop, { active: false });
    const items = [
      line('unknown', 1, { unit_price: 1 }),
      line(old),
      line(lamp, 1, { unit_price: 1 }),
      line(lamp, 1, { unit_price: 79.9 }),
    ];
    const refused = await shop.post('/orders', orderBody({ items }));
    expect(refused.status).to.equal(422);
    expect((refused.body.errors as Fault[]).map(({ path, code }) => [path, code])).to.deep.equal([
      ['items[0].product_id', 'unknown_product'],
      ['items[1].product_id', 'inactive_product'],
      ['items[2].unit_price', 'wrong_price'],
    ]);
    const placed = await shop.post(
      '/orders',
      orderBody({ items: [line(lamp, 1, { unit_price: 79.9 }), line(lamp)] }),
    );
    expect([placed.status, placed.body.total_amount]).to.deep.equal([201, 159.8]);
  });

  it('given an order that was placed, when its product has been deleted, then its repeat still gets the answer', async () => {
    const lamp = await createProduct(shop);
    const body = orderBody({ items: [line(lamp)] });
    const first = await shop.post('/orders', body, { 'Idempotency-Key': 'strict' });
    await changeProduct(pair.orderUrl, shop, lamp, null);
    const again = await shop.post('/orders', body, { 'Idempotency-Key': 'strict' });
    expect([again.status, again.text]).to.deep.equal([201, first.text]);
    const other = await shop.post('/orders', orderBody({ items: [line(lamp)] }));
    expect([other.status, other.body.errors[0].code]).to.deep.equal([422, 'unknown_product']);
  });
});
