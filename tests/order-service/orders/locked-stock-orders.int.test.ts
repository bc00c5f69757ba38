import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type ApiClient } from '../../support/api-client';
import { orderBody } from '../../support/factories';
import { startStockPair, type StockPair } from '../../support/stock-pair';
import { countersOf, createProduct, expectExactStock, line } from '../../support/stock-scene';

describe('orders whose stock another session keeps locked', function () {
  this.timeout(60_000);
  let scene: StockPair;
  let shop: ApiClient;
  let url: string;
  before(async () => {
    scene = await startStockPair();
    ({ shop, url } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(url));

  const place: StockPair['place'] = (...order) => scene.place(...order);

  it('given such a product, then only its orders are refused with 503, and later ones do not delay the others', async () => {
    const [hot, cold] = [
      await createProduct(shop, { onHand: 10 }),
      await createProduct(shop, { onHand: 10 }),
    ];
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [hot.product_id]);
      const group = await Promise.all([hot, cold, hot, cold].map((product) => place([line(product)])));
      expect(group.map(({ status }) => status)).to.deep.equal([503, 201, 503, 201]);
      expect(group[0]!.headers.get('retry-after')).to.equal('1');
      const waiting = place([line(hot)]);
      const others = Promise.all(Array.from({ length: 3 }, () => place([line(cold)])));
      expect(await firstOf({ waiting, others })).to.equal('others');
      expect((await others).map(({ status }) => status)).to.deep.equal([201, 201, 201]);
      await client.query('COMMIT');
      expect((await waiting).status).to.be.oneOf([201, 503]);
    });
    const { reserved } = await countersOf(url, hot);
    expect((await place([line(hot)])).status).to.equal(201);
    expect(await countersOf(url, hot)).to.deep.equal({ on_hand: 10, reserved: reserved + 1 });
    expect(await countersOf(url, cold)).to.deep.equal({ on_hand: 10, reserved: 5 });
  });

  it('given a reservation that another session keeps locked, then its order does not delay the others', async () => {
    const lamp = await createProduct(shop, { onHand: 10 });
    const reserved = await shop.post('/reservations', { items: [line(lamp, 2)] });
    const id = reserved.body.reservation_id as string;
    const convert = () => shop.post('/orders', orderBody({ items: [line(lamp, 2)], reservation_id: id }));
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM reservations WHERE reservation_id = $1 FOR UPDATE', [id]);
      const taking = convert();
      await delay(20);
      const others = Promise.all(Array.from({ length: 3 }, () => place([line(lamp)])));
      expect(await firstOf({ taking, others })).to.equal('others');
      expect((await others).map(({ status }) => status)).to.deep.equal([201, 201, 201]);
      expect((await taking).status).to.equal(503);
      await client.query('COMMIT');
    });
    expect((await convert()).status).to.equal(201);
    expect(await countersOf(url, lamp)).to.deep.equal({ on_hand: 10, reserved: 5 });
  });

  it('given orders of free items, then they are placed at once', async () => {
    const hot = await createProduct(shop, { onHand: 10 });
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [hot.product_id]);
      const locked = place([line(hot)]);
      const free = place([line('free', 1, { unit_price: 1 })]);
      expect(await firstOf({ locked, free })).to.equal('free');
      expect((await free).status).to.equal(201);
      await client.query('COMMIT');
      expect((await locked).status).to.be.oneOf([201, 503]);
    });
  });
});

/** The name of the answer that comes first. */
const firstOf = (answers: Record<string, Promise<unknown>>): Promise<string> =>
  Promise.race(Object.entries(answers).map(([name, answer]) => answer.then(() => name)));
