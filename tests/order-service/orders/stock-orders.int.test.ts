import { expect } from 'chai';
import { type ApiClient, send } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
import { expectOutOfStock, startStockPair, type StockPair } from '../../support/stock-pair';
import {
  causesOf,
  countersOf,
  createProduct,
  expectExactStock,
  line,
  setStock,
} from '../../support/stock-scene';

const BUYERS = 200;

describe('orders of stock-kept products', function () {
  this.timeout(60_000);
  let scene: StockPair;
  let shop: ApiClient;
  let elsewhere: ApiClient;
  let url: string;
  before(async () => {
    scene = await startStockPair();
    ({ shop, elsewhere, url } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(url));

  const place: StockPair['place'] = (...order) => scene.place(...order);

  it(`given one unit and ${BUYERS} buyers at two instances, then one order is placed and all others are out of stock`, async () => {
    const last = await createProduct(shop, { onHand: 1 });
    const answers = await Promise.all(
      Array.from({ length: BUYERS }, (_, index) => place([line(last)], {}, index % 2 ? shop : elsewhere)),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused).to.have.length(BUYERS - 1);
    for (const answer of refused)
      expectOutOfStock(answer, { path: 'items[0]', message: `${last.sku}: 1 requested, 0 available` });
    expect(await countersOf(url, last)).to.deep.equal({ on_hand: 1, reserved: 1 });
    expect((await causesOf(url, last)).filter((cause) => cause !== 'set')).to.deep.equal(['order_placed']);
    expect(await countRows(url, 'order_items', `catalogue_id = '${last.product_id}'`)).to.equal(1);
    const records = `response_body LIKE '%"${last.sku}"%'`;
    expect(await countRows(url, 'idempotency_records', records)).to.equal(1);
  });

  it('given orders of several products at once, then a shortage of one does not affect the others', async () => {
    const [lamp, bulb] = [
      await createProduct(shop, { onHand: 2 }),
      await createProduct(shop, { onHand: 50 }),
    ];
    const kinds = Array.from(
      { length: 30 },
      (_, index) =>
        [[line(lamp)], [line(bulb)], [line('free', 1, { unit_price: 1 })], [line(bulb), line(lamp)]][
          index % 4
        ]!,
    );
    const answers = await Promise.all(kinds.map((items) => place(items)));
    const statusesOf = (kind: number) =>
      answers.filter((_, index) => index % 4 === kind).map(({ status }) => status);
    expect(new Set([...statusesOf(1), ...statusesOf(2)])).to.deep.equal(new Set([201]));
    const withLamp = [...statusesOf(0), ...statusesOf(3)];
    expect(withLamp.filter((status) => status === 201)).to.have.length(2);
    expect(withLamp.filter((status) => status === 409)).to.have.length(withLamp.length - 2);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 2, reserved: 2 });
  });

  it('given an order of two products of which one is short, then nothing is reserved, and the line is named', async () => {
    const [lamp, bulb] = [await createProduct(shop, { onHand: 9 }), await createProduct(shop, { onHand: 2 })];
    expectOutOfStock(await place([line(lamp, 3), line(bulb, 3)]), {
      path: 'items[1]',
      message: `${bulb.sku}: 3 requested, 2 available`,
    });
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 9, reserved: 0 });
  });

  it('given two lines with one product, then they count together', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    expectOutOfStock(await place([line(lamp, 3), line(lamp, 3)]), {
      path: 'items[0]',
      message: `${lamp.sku}: 6 requested, 5 available`,
    });
    expect((await place([line(lamp, 3), line(lamp, 2)])).status).to.equal(201);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 5, reserved: 5 });
    expect((await causesOf(url, lamp)).filter((cause) => cause === 'order_placed')).to.have.length(1);
  });

  it('given a product without stock, or one with backorders, then it is sold without or up to its limit', async () => {
    const unlimited = await createProduct(shop);
    expect((await place([line(unlimited, 10_000)])).status).to.equal(201);
    const later = await createProduct(shop, { onHand: 1 });
    await setStock(shop, later, { on_hand: 1, backorder_limit: 2 });
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await place([line(later)]));
    expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 201, 409]);
    expect(await countersOf(url, later)).to.deep.equal({ on_hand: 1, reserved: 3 });
  });

  it('given the last unit, when its order is sent again, then it gets its answer; a refused key is free for a later order', async () => {
    const last = await createProduct(shop, { onHand: 1 });
    for (const headers of [{ 'Idempotency-Key': `first-${last.sku}` }, {}]) {
      const body = orderBody({ items: [line(last)] });
      if (!('Idempotency-Key' in headers)) await setStock(shop, last, { adjust: 1, reason: 'one more' });
      const first = await shop.post('/orders', body, headers);
      expect(first.status, first.text).to.equal(201);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 ? shop : elsewhere).post('/orders', body, headers),
        ),
      );
      for (const again of answers) {
        expect(again.headers.get('idempotency-replayed'), again.text).to.equal('true');
        expect(again.text).to.equal(first.text);
      }
    }
    const refusedKey = { 'Idempotency-Key': `refused-${last.sku}` };
    const body = orderBody({ items: [line(last)] });
    expect((await shop.post('/orders', body, refusedKey)).status).to.equal(409);
    await setStock(shop, last, { adjust: 1, reason: 'delivery' });
    const placed = await shop.post('/orders', body, refusedKey);
    expect([placed.status, placed.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
  });

  it('given one refused order sent many times at once, then every answer is the refusal, and nothing is stored', async () => {
    const none = await createProduct(shop, { onHand: 0 });
    const body = orderBody({ items: [line(none)] });
    const headers = { 'Idempotency-Key': `storm-${none.sku}` };
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 ? shop : elsewhere).post('/orders', body, headers)),
    );
    expect(new Set(answers.map(({ body: { code } }) => code as string))).to.deep.equal(
      new Set(['out_of_stock']),
    );
    expect(await countRows(url, 'idempotency_records', `key LIKE '%storm-${none.sku}%'`)).to.equal(0);
  });

  it('given other orders under the key of one that is refused at the same time, then one of them is placed', async () => {
    const [none, lamp] = [await createProduct(shop, { onHand: 0 }), await createProduct(shop, { onHand: 9 })];
    for (let round = 0; round < 9; round += 1) {
      const key = { 'Idempotency-Key': `other-${lamp.sku}-${round}` };
      const [refused, placed] = await Promise.all([place([line(none)], key), place([line(lamp)], key)]);
      // The second to arrive is refused as another order only if the first was placed.
      expect(refused.body.code, refused.text).to.be.oneOf(['out_of_stock', 'idempotency_key_reused']);
      expect(placed.status, placed.text).to.equal(201);
    }
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 9, reserved: 9 });
  });

  it('given a bulk request, then its lines reserve stock in their order', async () => {
    const lamp = await createProduct(shop, { onHand: 25 });
    const lines = Array.from({ length: 60 }, (_, index) => ({
      ...orderBody({ items: [line(lamp)] }),
      // Keys are looked up first; lines without keys must not overtake.
      ...(index % 3 === 0 && { idempotency_key: `${lamp.sku}-${index}` }),
    }));
    const answer = await send(
      `${scene.pair.orderUrl}/orders/bulk`,
      'POST',
      lines.map((one) => JSON.stringify(one)).join('\n'),
      { Authorization: `Bearer ${shop.token}`, 'Content-Type': 'application/x-ndjson' },
    );
    const statuses = answer.text
      .trim()
      .split('\n')
      .map((text) => (JSON.parse(text) as { status: number }).status);
    expect(statuses).to.deep.equal([...Array<number>(25).fill(201), ...Array<number>(35).fill(409)]);
  });

  it('given an order, when it is cancelled or shipped, then its stock is released or consumed; a return puts it back', async () => {
    const lamp = await createProduct(shop, { onHand: 10 });
    const [cancelled, returned, open] = [
      await place([line(lamp, 2)]),
      await place([line(lamp, 3)]),
      await place([line(lamp, 1)]),
    ].map(({ body }) => body.order_id as string);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 10, reserved: 6 });
    await scene.move(cancelled!, 'CANCELLED');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 10, reserved: 4 });
    await scene.move(returned!, 'SHIPPED');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 7, reserved: 1 });
    await scene.move(returned!, 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERY_FAILED');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 7, reserved: 1 });
    await scene.move(returned!, 'RETURNED');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 10, reserved: 1 });
    expect((await causesOf(url, lamp)).filter((cause) => cause.startsWith('order_'))).to.deep.equal([
      'order_placed',
      'order_placed',
      'order_placed',
      'order_cancelled',
      'order_shipped',
      'order_returned',
    ]);
    const kept = await rowsOf(url, 'SELECT is_stock_kept FROM orders WHERE order_id = $1', [open]);
    expect(kept).to.deep.equal([{ is_stock_kept: true }]);
  });

  it('given stock that begins after an order was placed, then the end of the order does not change it', async () => {
    const lamp = await createProduct(shop);
    const { body } = await place([line(lamp, 2)]);
    await setStock(shop, lamp, { on_hand: 1 });
    await scene.move(body.order_id as string, 'CANCELLED');
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 1, reserved: 0 });
  });
});
