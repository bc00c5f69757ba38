import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { expectProblem, type InventoryScene, inventoryScene } from '../../support/inventory-scene';
import { expectExactStock, type TestProduct } from '../../support/stock-scene';

describe('access to stock', () => {
  let scene: InventoryScene;
  let shop: ApiClient;
  let pathOf: InventoryScene['pathOf'];
  let put: InventoryScene['put'];
  let remove: InventoryScene['remove'];
  let stocked: InventoryScene['stocked'];
  let reserve: InventoryScene['reserve'];
  let ledgerOf: InventoryScene['ledgerOf'];
  let eventsOf: InventoryScene['eventsOf'];
  before(async () => {
    scene = await inventoryScene();
    ({ shop, pathOf, put, remove, stocked, reserve, ledgerOf, eventsOf } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(scene.url));

  describe('of other clients', () => {
    it('given a product of another client, then every operation answers as for an unknown one; operators see it', async () => {
      const product = await stocked(5);
      const { other, operator } = scene;
      for (const path of [pathOf(product), `${pathOf(product)}/ledger`])
        expectProblem(await other.get(path), 404, 'product_not_found');
      expectProblem(await put(product, { on_hand: 0 }, {}, other), 404, 'product_not_found');
      expectProblem(await remove(product, {}, other), 404, 'product_not_found');
      expect((await operator.get(pathOf(product))).body.on_hand).to.equal(5);
      expect((await put(product, { adjust: 1, reason: 'found' }, {}, operator)).body.on_hand).to.equal(6);
      const [entry] = (await shop.get(`${pathOf(product)}/ledger?limit=1`)).body.data;
      expect(entry).to.include({ actor: 'demo-operator', cause: 'adjusted' });
    });

    it('given a sku in the path, then it names a product of the caller; a deleted product has no stock', async () => {
      const product = await stocked(5);
      const path = `/products/sku:${product.sku}/stock`;
      expect((await shop.get(path)).body.product_id).to.equal(product.product_id);
      expectProblem(await scene.other.get(path), 404, 'product_not_found');
      expectProblem(await shop.get('/products/nonsense/stock'), 404, 'product_not_found');
      await scene.request(shop, 'DELETE', `/products/${product.product_id}`);
      expectProblem(await shop.get(path), 404, 'product_not_found');
      expectProblem(await put(product, { on_hand: 1 }), 404, 'product_not_found');
    });
  });

  describe('with entity tags', () => {
    it('given the tag of the stock, then it is not sent again until it changes, also not under another name', async () => {
      const product = await stocked(5);
      const read = (tag: string) => shop.get(pathOf(product), { 'If-None-Match': tag });
      const first = await shop.get(pathOf(product));
      expect(first.headers.get('cache-control')).to.equal('private, no-cache');
      const tag = first.headers.get('etag')!;
      expect((await read(tag)).status).to.equal(304);
      await scene.request(shop, 'PATCH', `/products/${product.product_id}`, { sku: `${product.sku}-new` });
      const renamed = await read(tag);
      expect([renamed.status, renamed.body.sku, renamed.body.version]).to.deep.equal([
        200,
        `${product.sku}-new`,
        1,
      ]);
      await put(product, { adjust: 1, reason: 'found' });
      expect((await read(renamed.headers.get('etag')!)).status).to.equal(200);
    });

    it('given If-Match, then only the stock with this tag or version is changed', async () => {
      const product = await stocked(5);
      const { headers } = await shop.get(pathOf(product));
      const tag = headers.get('etag')!;
      const changed = await put(product, { adjust: 1, reason: 'found' }, { 'If-Match': tag });
      expect(changed.status).to.equal(200);
      const stale = await put(product, { adjust: 1, reason: 'found' }, { 'If-Match': tag });
      expectProblem(stale, 412, 'precondition_failed');
      expect(stale.body.current_version).to.equal(2);
      expectProblem(await remove(product, { 'If-Match': '"1"' }), 412, 'precondition_failed');
      expect((await put(product, { on_hand: 1 }, { 'If-Match': '"2"' })).status).to.equal(200);
      expect((await put(product, { on_hand: 2 }, { 'If-Match': '*' })).status).to.equal(200);
      expectProblem(await put(product, { on_hand: 2 }, { 'If-Match': 'nonsense' }), 400, 'validation_failed');
      const without = (await scene.create()) as TestProduct;
      for (const any of ['"1"', '*'])
        expectProblem(await put(without, { on_hand: 1 }, { 'If-Match': any }), 412, 'precondition_failed');
    });
  });

  describe('with If-None-Match', () => {
    it('given *, then only stock that does not exist is set; of many at once, one is', async () => {
      const product = (await scene.create()) as TestProduct;
      const first = { 'If-None-Match': '*' };
      const answers = await Promise.all(
        [1, 2, 3, 4, 5].map((units) => put(product, { on_hand: units }, first)),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 412, 412, 412, 412]);
      const stock = answers.find(({ status }) => status === 201)!.body;
      expect((await shop.get(pathOf(product))).body).to.deep.equal(stock);
      expectProblem(
        await put(product, { on_hand: 9 }, { 'If-None-Match': '"7", "1"' }),
        412,
        'precondition_failed',
      );
      expect((await put(product, { on_hand: 9 }, { 'If-None-Match': '"7"' })).status).to.equal(200);
      expectProblem(
        await put(product, { on_hand: 8 }, { ...first, 'If-Match': '*' }),
        412,
        'precondition_failed',
      );
    });

    it('given a malformed header, then 400 names it, and the stock stays; the removal of stock does not know it', async () => {
      const product = await stocked(5);
      for (const header of ['abc', '*, "1"', '1', '']) {
        const answer = await put(product, { on_hand: 6 }, { 'If-None-Match': header });
        expectProblem(answer, 400, 'validation_failed');
        expect(answer.body.errors[0].path).to.equal('If-None-Match');
      }
      expect((await shop.get(pathOf(product))).body.on_hand).to.equal(5);
      expect((await remove(product, { 'If-None-Match': '*' })).status).to.equal(204);
    });
  });

  describe('that end stock keeping', () => {
    it('given stock without reservations, then it is removed, its ledger stays, and it can begin again', async () => {
      const product = await stocked(5, { low_stock_threshold: 9 });
      const reservation = await reserve(product, 1);
      expectProblem(await remove(product), 409, 'stock_below_reserved');
      await scene.request(shop, 'DELETE', `/reservations/${reservation}`);
      const { headers } = await shop.get(pathOf(product));
      expect((await remove(product)).status).to.equal(204);
      expectProblem(await remove(product), 404, 'no_stock');
      expectProblem(await shop.get(pathOf(product)), 404, 'no_stock');
      expect(await ledgerOf(product)).to.deep.equal([
        ['set', 5, 0, null],
        ['reservation_created', 0, 1, null],
        ['reservation_released', 0, -1, null],
        ['removed', -5, 0, null],
      ]);
      const [last] = (await eventsOf(product)).slice(-1);
      expect(last).to.deep.include({
        type: 'STOCK_UPDATED',
        change: { on_hand: -5, reserved: 0, causes: { removed: 1 } },
      });
      expect(
        (await shop.post('/reservations', { items: [{ product_id: product.sku, quantity: 99 }] })).status,
      ).to.equal(201);
      const again = await put(product, { on_hand: 5, low_stock_threshold: 9 });
      expect([again.status, again.body.version]).to.deep.equal([201, 2]);
      expect((await shop.get(pathOf(product), { 'If-None-Match': headers.get('etag')! })).status).to.equal(
        200,
      );
      expect((await eventsOf(product)).map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5, 1, 2]);
    });
  });
});
