import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { expectOutOfStock, startStockPair, type StockPair } from '../../support/stock-pair';
import {
  countersOf,
  createProduct,
  expectExactStock,
  line,
  type TestProduct,
} from '../../support/stock-scene';

describe('orders that take reservations over', function () {
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

  async function reserve(...items: { product: TestProduct; quantity: number }[]): Promise<string> {
    const body = { items: items.map(({ product, quantity }) => line(product, quantity)) };
    const answer = await shop.post('/reservations', body);
    expect(answer.status, answer.text).to.equal(201);
    return answer.body.reservation_id as string;
  }
  const convert = (reservationId: string, items: object[], client = shop) =>
    client.post('/orders', orderBody({ items, reservation_id: reservationId }));

  it('given a reservation of all units, then only its order gets them', async () => {
    const lamp = await createProduct(shop, { onHand: 3 });
    const reservation = await reserve({ product: lamp, quantity: 3 });
    expect((await place([line(lamp)])).status).to.equal(409);
    const placed = await convert(reservation, [line(lamp, 3)]);
    expect(placed.status, placed.text).to.equal(201);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 3, reserved: 3 });
  });

  it('given the same order without the reservation shortly before, and no key, then it is another order', async () => {
    const lamp = await createProduct(shop, { onHand: 3 });
    const body = orderBody({ items: [line(lamp)] });
    const first = await shop.post('/orders', body);
    const reservation = await reserve({ product: lamp, quantity: 1 });
    const second = await shop.post('/orders', { ...body, reservation_id: reservation });
    expect([first.status, second.status], second.text).to.deep.equal([201, 201]);
    expect(second.body.order_id).not.to.equal(first.body.order_id);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 3, reserved: 2 });
  });

  it('given a reservation of other quantities and products, then the order takes what it needs, and the rest is released', async () => {
    const [lamp, bulb] = [await createProduct(shop, { onHand: 5 }), await createProduct(shop, { onHand: 5 })];
    const reservation = await reserve({ product: lamp, quantity: 4 }, { product: bulb, quantity: 5 });
    expectOutOfStock(await convert(reservation, [line(lamp, 6)]), {
      path: 'items[0]',
      message: `${lamp.sku}: 6 requested, 5 available`,
    });
    expect((await convert(reservation, [line(lamp, 5)])).status).to.equal(201);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 5, reserved: 5 });
    expect(await countersOf(url, bulb)).to.deep.equal({ on_hand: 5, reserved: 0 });
  });

  it('given one reservation in many orders at once, then it is taken over once', async () => {
    const lamp = await createProduct(shop, { onHand: 2 });
    const reservation = await reserve({ product: lamp, quantity: 2 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        convert(reservation, [line(lamp, 1)], index % 2 ? shop : elsewhere),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).to.have.length(1);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 2, reserved: 1 });
  });

  it('given a counter that is lower than what the reservation holds, then the order is placed, and no counter leaves its range', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    const reservation = await reserve({ product: lamp, quantity: 4 });
    await rowsOf(url, 'UPDATE stock SET reserved = 1 WHERE product_id = $1', [lamp.product_id]);
    expect((await convert(reservation, [line(lamp, 2)])).status).to.equal(201);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 5, reserved: 2 });
    // The entries of the reservation add up to the drift.
    await rowsOf(url, `DELETE FROM stock_ledger WHERE product_id = $1 AND cause LIKE 'reservation%'`, [
      lamp.product_id,
    ]);
  });

  it('given the reservation of another client, then it is refused like an unknown one', async () => {
    const lamp = await createProduct(shop, { onHand: 2 });
    const other = await scene.pair.client('demo-other');
    const reservation = await reserve({ product: lamp, quantity: 1 });
    const items = [line('free', 1, { unit_price: 1 })];
    const [foreign, unknown] = [
      await convert(reservation, items, other),
      await convert('0190a0a0-0000-7000-8000-000000000001', items, other),
    ];
    expect(foreign.status).to.be.within(400, 499);
    expect([foreign.status, foreign.body.code]).to.deep.equal([unknown.status, unknown.body.code]);
    expect((await convert(reservation, [line(lamp)])).status).to.equal(201);
  });
});
