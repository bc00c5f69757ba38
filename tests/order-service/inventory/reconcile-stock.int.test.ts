import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { orderSchema } from '../../../src/order-service/migrations';
import { runStockReconciliation } from '../../../src/order-service/inventory/workers/stock-reconciliation';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type ApiClient } from '../../support/api-client';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import {
  causesOf,
  countersOf,
  createProduct,
  expectExactStock,
  line,
  setStock,
  type TestProduct,
} from '../../support/stock-scene';

describe('the reconciliation of stock', () => {
  let scene: CatalogueScene;
  let shop: ApiClient;
  before(async () => {
    scene = await catalogueScene({ SIMULATED_STEP_MS: '3600000' });
    ({ shop } = scene);
  });
  after(() => scene.stop());

  async function reconcile(isRepairing = false) {
    const lines: string[] = [];
    const result = await runStockReconciliation({
      url: scene.url,
      schema: orderSchema('public'),
      isRepairing,
      write: (text) => lines.push(text),
    });
    return { ...result, lines };
  }

  const expectSound = async (): Promise<void> => {
    expect((await reconcile()).lines).to.deep.equal([]);
    await expectExactStock(scene.url);
  };
  const sql = (text: string, ...values: unknown[]) => rowsOf(scene.url, text, values);
  const named = ({ sku, product_id: id }: TestProduct, text: string) => `demo-client ${sku} (${id}): ${text}`;

  async function order(product: TestProduct, quantity: number): Promise<string> {
    const answer = await shop.post('/orders', orderBody({ items: [line(product, quantity)] }));
    expect(answer.status, answer.text).to.equal(201);
    return answer.body.order_id as string;
  }

  /** Sets the status of an order behind the back of its stock. */
  const setStatus = (orderId: string, status: string) =>
    sql('UPDATE orders SET status = $2 WHERE order_id = $1', orderId, status);

  it('given orders, reservations and their ends, then there is no difference', async () => {
    const [lamp, bulb, later] = [
      await createProduct(shop, { onHand: 9 }),
      await createProduct(shop, { onHand: 9 }),
      await createProduct(shop),
    ];
    const both = orderBody({ items: [line(lamp, 2), line(later, 5)] });
    expect((await shop.post('/orders', both)).status).to.equal(201);
    await order(bulb, 1);
    const cart = (await shop.post('/reservations', { items: [line(lamp, 2)] })).body.reservation_id as string;
    const taken = (await shop.post('/reservations', { items: [line(lamp, 1), line(bulb, 1)] })).body
      .reservation_id as string;
    await shop.post('/orders', orderBody({ items: [line(lamp, 3)], reservation_id: taken }));
    await scene.request(shop, 'DELETE', `/reservations/${cart}`);
    await shop.post('/reservations', { items: [line(bulb, 4)] });
    const { lines, isDifferent, summary } = await reconcile();
    expect([lines, isDifferent]).to.deep.equal([[], false]);
    expect(summary).to.equal('2 products compared, 0 with differences, 0 repaired');
    // Its stock begins after the order.
    await setStock(shop, later, { on_hand: 1 });
    expect((await reconcile()).lines).to.deep.equal([]);
    await scene.request(shop, 'DELETE', `/products/${later.product_id}/stock`);
    await expectSound();
  });

  it('given counters that were changed in the database, then they are shown, and repaired from the ledger on request', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    await order(lamp, 2);
    await sql('UPDATE stock SET on_hand = 20, reserved = 1 WHERE product_id = $1', lamp.product_id);
    const text = 'the counters are 20 on hand, 1 reserved, the sum of the ledger is 9 on hand, 2 reserved';
    for (let n = 0; n < 2; n += 1) {
      const { lines, isDifferent } = await reconcile();
      expect([lines, isDifferent]).to.deep.equal([[named(lamp, text)], true]);
    }
    const { lines, isDifferent } = await reconcile(true);
    expect([lines, isDifferent]).to.deep.equal([[named(lamp, `${text}: repaired`)], false]);
    expect(await countersOf(scene.url, lamp)).to.deep.equal({ on_hand: 9, reserved: 2 });
    const [entry] = (await shop.get(`/products/${lamp.product_id}/stock/ledger`)).body.data;
    expect(entry).to.deep.include({
      cause: 'drift_repaired',
      change: { on_hand: 0, reserved: 0 },
      actor: 'reconcile-stock',
      reason: 'the counters were 20 on hand, 1 reserved',
    });
    const [event] = await rowsOf<{ change: object }>(
      scene.url,
      `SELECT payload->'change' AS change FROM events WHERE payload->'stock'->>'product_id' = $1 ORDER BY seq DESC LIMIT 1`,
      [lamp.product_id],
    );
    expect(event!.change).to.deep.equal({ on_hand: -11, reserved: 1, causes: { drift_repaired: 1 } });
    await expectSound();
  });

  it('given orders that ended without their stock, then it is released or consumed; the ends of their ways settle nothing twice', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    const [cancelled, shipped] = [await order(lamp, 2), await order(lamp, 3)];
    await setStatus(cancelled, 'CANCELLED');
    await setStatus(shipped, 'DELIVERED');
    const { lines } = await reconcile(true);
    expect(lines).to.have.members([
      named(lamp, `the order ${cancelled} holds 2 in the ledger; it should hold 0: repaired`),
      named(lamp, `the order ${shipped} holds 3 in the ledger; it should hold 0: repaired`),
    ]);
    expect(await countersOf(scene.url, lamp)).to.deep.equal({ on_hand: 6, reserved: 0 });
    await expectSound();
    await setStatus(cancelled, 'PENDING_SHIPMENT');
    await reconcile(true);
    await setStatus(cancelled, 'CANCELLED');
    await reconcile(true);
    expect((await causesOf(scene.url, lamp)).filter((cause) => cause === 'drift_repaired')).to.have.length(4);
    await expectSound();
  });

  it('given open orders and reservations whose entries were lost, then they hold their units again', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    const orderId = await order(lamp, 2);
    const { body } = await shop.post('/reservations', { items: [line(lamp, 3)] });
    const cart = body.reservation_id as string;
    await sql('DELETE FROM stock_ledger WHERE order_id = $1 OR reservation_id = $2', orderId, cart);
    const { lines, isDifferent } = await reconcile(true);
    expect(lines).to.have.members([
      named(
        lamp,
        'the counters are 9 on hand, 5 reserved, the sum of the ledger is 9 on hand, 0 reserved: repaired',
      ),
      named(lamp, `the order ${orderId} holds 0 in the ledger; it should hold 2: repaired`),
      named(lamp, `the reservation ${cart} holds 0 in the ledger; it should hold 3: repaired`),
    ]);
    expect(isDifferent).to.equal(false);
    expect(await countersOf(scene.url, lamp)).to.deep.equal({ on_hand: 9, reserved: 5 });
    await expectSound();
    await scene.request(shop, 'DELETE', `/reservations/${cart}`);
    await expectSound();
  });

  it('given units that nothing holds, then they are released', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    await sql(
      `INSERT INTO stock_ledger (product_id, cause, delta_on_hand, delta_reserved, actor, occurred_at) VALUES ($1, 'adjusted', 0, 4, 'sql', now())`,
      lamp.product_id,
    );
    await sql('UPDATE stock SET reserved = 4 WHERE product_id = $1', lamp.product_id);
    const { lines } = await reconcile(true);
    expect(lines).to.deep.equal([
      named(lamp, 'in the ledger, 4 units are reserved for neither an order nor a reservation: repaired'),
    ]);
    expect(await countersOf(scene.url, lamp)).to.deep.equal({ on_hand: 9, reserved: 0 });
    await expectSound();
  });

  it('given more units in open orders than there are, then the difference stays until the warehouse is counted', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    const orderId = await order(lamp, 5);
    await sql('DELETE FROM stock_ledger WHERE order_id = $1', orderId);
    await sql('UPDATE stock SET reserved = 0 WHERE product_id = $1', lamp.product_id);
    await setStock(shop, lamp, { on_hand: 3 });
    const { lines, isDifferent } = await reconcile(true);
    expect(isDifferent).to.equal(true);
    expect(lines).to.deep.equal([
      named(
        lamp,
        `the order ${orderId} holds 0 in the ledger; it should hold 5: not repaired, because more units are reserved than there are; ` +
          'count the warehouse and set on_hand or backorder_limit',
      ),
    ]);
    await setStock(shop, lamp, { on_hand: 3, backorder_limit: 2 });
    expect((await reconcile(true)).isDifferent).to.equal(false);
    await expectSound();
  });

  it('given stock that another session keeps locked, then the comparison succeeds, and the repair says so', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    await sql('UPDATE stock SET on_hand = 6 WHERE product_id = $1', lamp.product_id);
    await withConnection(scene.url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [lamp.product_id]);
      const { lines, isDifferent } = await reconcile(true);
      expect(isDifferent).to.equal(true);
      expect(lines[0]).to.match(/: not repaired, because the stock was locked; repeat the command$/);
      await client.query('COMMIT');
    });
    await reconcile(true);
    await expectSound();
  });

  it('given an order that is not in the ledger and is being cancelled, then the repair waits for it, and reserves nothing', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    const orderId = await order(lamp, 2);
    await sql('DELETE FROM stock_ledger WHERE order_id = $1', orderId);
    await sql('UPDATE stock SET reserved = 0 WHERE product_id = $1', lamp.product_id);
    await withConnection(scene.url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query(`UPDATE orders SET status = 'CANCELLED' WHERE order_id = $1`, [orderId]);
      const repairing = reconcile(true);
      await delay(400);
      await client.query('COMMIT');
      await repairing;
    });
    expect(await countersOf(scene.url, lamp)).to.deep.equal({ on_hand: 5, reserved: 0 });
    await expectSound();
  });

  it('given an order of a product that was not stock-kept, and one that was, then only the second holds units', async () => {
    const [kept, later] = [await createProduct(shop, { onHand: 5 }), await createProduct(shop)];
    const items = [line(kept, 1), line(later, 2)];
    const { body } = await shop.post('/orders', orderBody({ items }));
    await setStock(shop, later, { on_hand: 9 });
    await sql('UPDATE stock SET created_at = $2 WHERE product_id = $1', later.product_id, body.created_at);
    expect((await reconcile()).lines).to.deep.equal([]);
    await scene.request(shop, 'DELETE', `/products/${later.product_id}/stock`);
  });

  it('given more products than one statement compares, then all are compared', async () => {
    await sql(
      `WITH ids AS (SELECT gen_random_uuid() AS product_id, n FROM generate_series(1, 1100) AS n),
       added AS (
         INSERT INTO products (product_id, owner, sku, name, currency, price_minor)
         SELECT product_id, 'many', 'sku-' || n, 'Lamp', 'USD', 100 FROM ids RETURNING product_id)
       INSERT INTO stock (product_id, stock_id, owner, on_hand, reserved, version)
       SELECT product_id, gen_random_uuid(), 'many', CASE WHEN n % 400 = 0 THEN 1 ELSE 0 END, 0, 1 FROM ids WHERE EXISTS (SELECT FROM added)`,
    );
    const { lines, summary } = await reconcile(true);
    expect(lines.filter((text) => text.startsWith('many '))).to.have.length(2);
    expect(summary).to.match(/^1\d\d\d products compared, 2 with differences, 2 repaired$/);
    await expectSound();
  });
});
