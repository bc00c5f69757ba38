import { expect } from 'chai';
import { runStockReconciliation } from '../../../src/order-service/inventory/workers/stock-reconciliation';
import { orderSchema } from '../../../src/order-service/migrations';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { expectProblem, type InventoryScene, inventoryScene } from '../../support/inventory-scene';
import { countRows, rowsOf } from '../../support/rows';
import { expectExactStock, type TestProduct } from '../../support/stock-scene';
import { untilWaiting } from '../../support/until-waiting';

describe('the stock of a product that is deleted', () => {
  let scene: InventoryScene;
  let shop: ApiClient;
  let put: InventoryScene['put'];
  let remove: InventoryScene['remove'];
  let stocked: InventoryScene['stocked'];
  let reserve: InventoryScene['reserve'];
  let eventsOf: InventoryScene['eventsOf'];
  before(async () => {
    scene = await inventoryScene();
    ({ shop, put, remove, stocked, reserve, eventsOf } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(scene.url));

  const ledgerOfDeleted = ({ product_id: id }: TestProduct) =>
    rowsOf(
      scene.url,
      'SELECT cause, delta_on_hand AS on_hand, delta_reserved AS reserved FROM stock_ledger WHERE product_id = $1 ORDER BY entry_id',
      [id],
    );

  it('given reserved units, then 409 and the product stays; without them its units leave the stock', async () => {
    const product = await stocked(5);
    const [path, reservation] = [`/products/${product.product_id}`, await reserve(product, 2)];
    const refused = await scene.request(shop, 'DELETE', path);
    expectProblem(refused, 409, 'product_reserved');
    expect(refused.body.detail).to.contain('2 units');
    expect((await shop.get(path)).status).to.equal(200);
    await scene.request(shop, 'DELETE', `/reservations/${reservation}`);
    expect((await scene.request(shop, 'DELETE', path)).status).to.equal(204);
    const entries = await ledgerOfDeleted(product);
    expect(entries.slice(-1)).to.deep.equal([{ cause: 'removed', on_hand: -5, reserved: 0 }]);
    expect((await eventsOf(product)).slice(-1)[0]).to.deep.include({
      type: 'STOCK_UPDATED',
      change: { on_hand: -5, reserved: 0, causes: { removed: 1 } },
    });
  });

  it('given the first stock during a deletion, and the reverse, then the later one waits, and no deleted product has units', async () => {
    const [first, second] = [await scene.create(), await scene.create()] as TestProduct[];
    const blocked: Promise<ApiResponse>[] = [];
    await withConnection(scene.url, async (db) => {
      await db.query('BEGIN');
      // Both requests stop at their event, behind the stock that they have written.
      await db.query('LOCK TABLE events IN EXCLUSIVE MODE');
      blocked.push(scene.request(shop, 'DELETE', `/products/${first!.product_id}`));
      await untilWaiting(scene.url, 1);
      blocked.push(put(first!, { on_hand: 1 }));
      await untilWaiting(scene.url, 2);
      blocked.push(put(second!, { on_hand: 1 }));
      await untilWaiting(scene.url, 3);
      blocked.push(scene.request(shop, 'DELETE', `/products/${second!.product_id}`));
      await untilWaiting(scene.url, 4);
      await db.query('COMMIT');
    });
    const statuses = (await Promise.all(blocked)).map(({ status }) => status);
    expect(statuses).to.deep.equal([204, 404, 201, 204]);
    expect(await countRows(scene.url, 'stock', `product_id = '${first!.product_id}'`)).to.equal(0);
    expect(await countRows(scene.url, 'stock', `is_ended AND product_id = '${second!.product_id}'`)).to.equal(
      1,
    );
    expect(await ledgerOfDeleted(first!)).to.deep.equal([]);
    expect((await ledgerOfDeleted(second!)).slice(-1)).to.deep.equal([
      { cause: 'removed', on_hand: -1, reserved: 0 },
    ]);
  });

  it('given a deletion while stock is removed and set again and again, then no deleted product has stock', async () => {
    for (let round = 0; round < 60; round += 1) {
      const product = await stocked(5);
      const [deletion, ...others] = await Promise.all([
        scene.request(shop, 'DELETE', `/products/${product.product_id}`),
        ...[1, 2, 3].flatMap(() => [remove(product), put(product, { on_hand: 3 })]),
      ]);
      expect(deletion.status).to.equal(204);
      for (const { status } of others) expect(status).to.be.oneOf([200, 201, 204, 404]);
    }
    const live =
      'NOT is_ended AND product_id IN (SELECT product_id FROM products WHERE deleted_at IS NOT NULL)';
    expect(await countRows(scene.url, 'stock', live)).to.equal(0);
  });

  it('given a product that is not stock-kept, then orders during its deletion are not short of stock', async () => {
    const product = (await scene.create()) as TestProduct;
    const items = [{ product_id: product.sku, quantity: 1, unit_price: 5 }];
    const answers = await Promise.all([
      scene.request(shop, 'DELETE', `/products/${product.product_id}`),
      ...[1, 2, 3, 4, 5].map((n) => shop.post('/orders', { customer_id: `c-${n}`, items })),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([204, 201, 201, 201, 201, 201]);
  });

  it('given an import that changes the product, then its first stock does not wait', async () => {
    const product = (await scene.create()) as TestProduct;
    await withConnection(scene.url, async (db) => {
      await db.query('BEGIN');
      await db.query('UPDATE products SET name = name WHERE product_id = $1', [product.product_id]);
      expect((await put(product, { on_hand: 1 })).status).to.equal(201);
      await db.query('COMMIT');
    });
  });

  it('given a deletion at the same time, then orders and reservations never get more units than there are', async () => {
    for (let round = 0; round < 20; round += 1) {
      const product = await stocked(5);
      const items = [{ product_id: product.sku, quantity: 1_000 }];
      const [deletion, ...others] = await Promise.all([
        scene.request(shop, 'DELETE', `/products/${product.product_id}`),
        shop.post('/orders', { customer_id: 'c-1', items }),
        shop.post('/reservations', { items }),
        put(product, { on_hand: 7 }),
      ]);
      expect(deletion.status).to.equal(204);
      const [order, reservation] = others.map(({ status }) => status);
      expect(order).to.be.oneOf([409, 422]);
      expect(reservation).to.be.oneOf([409, 422]);
    }
    const ofDeleted =
      'on_hand > 0 AND product_id IN (SELECT product_id FROM products WHERE deleted_at IS NOT NULL)';
    expect(await countRows(scene.url, 'stock', ofDeleted)).to.equal(0);
  });

  it('given stock that differs from its ledger, and is deleted while its repair waits, then there is nothing to repair', async () => {
    const product = await stocked(5);
    await rowsOf(scene.url, 'UPDATE stock SET on_hand = 3 WHERE product_id = $1', [product.product_id]);
    const waiting: Promise<unknown>[] = [];
    await withConnection(scene.url, async (db) => {
      await db.query('BEGIN');
      await db.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [product.product_id]);
      waiting.push(scene.request(shop, 'DELETE', `/products/${product.product_id}`));
      await untilWaiting(scene.url, 1);
      waiting.push(
        runStockReconciliation({
          url: scene.url,
          schema: orderSchema('public'),
          isRepairing: true,
          write: () => undefined,
        }),
      );
      await untilWaiting(scene.url, 2);
      await db.query('COMMIT');
    });
    const [deletion, repair] = await Promise.all(waiting);
    expect((deletion as ApiResponse).status).to.equal(204);
    expect(repair).to.include({ isDifferent: false });
    expect(await countRows(scene.url, 'stock', `is_ended AND product_id = '${product.product_id}'`)).to.equal(
      1,
    );
    // The difference, which the test has made, stays in the ledger.
    await rowsOf(
      scene.url,
      "UPDATE stock_ledger SET delta_on_hand = 3 WHERE product_id = $1 AND cause = 'set'",
      [product.product_id],
    );
  });
});
