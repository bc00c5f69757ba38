import { expect } from 'chai';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { expectProblem, type InventoryScene, inventoryScene } from '../../support/inventory-scene';
import { rowsOf } from '../../support/rows';
import { expectExactStock } from '../../support/stock-scene';

describe('lists of stock', () => {
  let scene: InventoryScene;
  let shop: ApiClient;
  let pathOf: InventoryScene['pathOf'];
  let put: InventoryScene['put'];
  let stocked: InventoryScene['stocked'];
  let reserve: InventoryScene['reserve'];
  before(async () => {
    scene = await inventoryScene();
    ({ shop, pathOf, put, stocked, reserve } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(scene.url));

  describe('that list', () => {
    it('given a ledger of several pages, then each entry is in one of them, newest first', async () => {
      const product = await stocked(1);
      for (let n = 2; n <= 5; n += 1) await put(product, { on_hand: n });
      const changes: number[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body }: ApiResponse = await shop.get(
          `${pathOf(product)}/ledger?limit=2${cursor && `&cursor=${cursor}`}`,
        );
        changes.push(...body.data.map((entry: { entry_id: string }) => Number(entry.entry_id)));
        cursor = body.next_cursor as string | null;
        if (changes.length === 2) await put(product, { on_hand: 9 });
      }
      expect(changes).to.have.length(5);
      expect(changes).to.deep.equal([...changes].sort((a, b) => b - a));
      const wrong = await shop.get(`${pathOf(product)}/ledger?cursor=bm8`);
      expectProblem(wrong, 400, 'invalid_cursor');
    });

    it('given products with low stock, then only they are in its list, until they have enough or are deleted', async () => {
      const [low, enough, kept] = [
        await stocked(2, { low_stock_threshold: 2 }),
        await stocked(3, { low_stock_threshold: 2 }),
        await stocked(0),
      ] as const;
      const skusOf = async (query: string, as = shop): Promise<string[]> => {
        const { body, status, text } = await as.get(query);
        expect(status, text).to.equal(200);
        return (body.data as { sku: string }[]).map(({ sku }) => sku);
      };
      const lists = ['/stock?low=true&limit=100', '/products?low_stock=true&limit=100'];
      for (const list of lists) {
        const skus = await skusOf(list);
        expect(skus).to.include(low.sku);
        expect(skus).to.not.include(enough.sku);
        expect(skus).to.not.include(kept.sku);
        expect(await skusOf(list, scene.other)).to.deep.equal([]);
        expect(await skusOf(list, scene.operator)).to.include(low.sku);
      }
      const reservationId = await reserve(enough, 1);
      await put(low, { adjust: 1, reason: 'delivery' });
      for (const list of lists) {
        expect(await skusOf(list)).to.include(enough.sku);
        expect(await skusOf(list)).to.not.include(low.sku);
      }
      await put(enough, { on_hand: 1 });
      await scene.request(shop, 'DELETE', `/reservations/${reservationId}`);
      for (const list of lists) expect(await skusOf(list)).to.include(enough.sku);
      await scene.request(shop, 'DELETE', `/products/${enough.product_id}`);
      for (const list of lists) expect(await skusOf(list)).to.not.include(enough.sku);
    });

    it('given more stock than a page holds, then the pages have each product once; an unchanged page is not sent again', async () => {
      const created = [await stocked(1), await stocked(2), await stocked(3)];
      const skus: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body }: ApiResponse = await shop.get(`/stock?limit=2${cursor && `&cursor=${cursor}`}`);
        skus.push(...body.data.map(({ sku }: { sku: string }) => sku));
        cursor = body.next_cursor as string | null;
      }
      expect(new Set(skus).size).to.equal(skus.length);
      expect(skus).to.include.members(created.map(({ sku }) => sku));
      const { headers } = await shop.get('/stock?limit=100');
      const again = () => shop.get('/stock?limit=100', { 'If-None-Match': headers.get('etag')! });
      expect((await again()).status).to.equal(304);
      await put(created[0]!, { adjust: 1, reason: 'found' });
      expect((await again()).status).to.equal(200);
    });
  });

  it('given a threshold, when it is crossed, then STOCK_LOW follows in the same transaction with the next version', async () => {
    const product = await stocked(5, { low_stock_threshold: 3 });
    await reserve(product, 1);
    await reserve(product, 1);
    await reserve(product, 1);
    const rows = await rowsOf<{ type: string; version: number; xmin: string; available: number }>(
      scene.url,
      `SELECT type, version, xmin::text, (payload->'stock'->>'available')::int AS available FROM events
        WHERE subject_type = 'stock' AND payload->'stock'->>'product_id' = $1 ORDER BY seq`,
      [product.product_id],
    );
    expect(rows.map(({ type, version, available }) => [type, version, available])).to.deep.equal([
      ['STOCK_UPDATED', 1, 5],
      ['STOCK_RESERVED', 2, 4],
      ['STOCK_RESERVED', 3, 3],
      ['STOCK_LOW', 4, 3],
      ['STOCK_RESERVED', 5, 2],
    ]);
    expect(rows[2]!.xmin).to.equal(rows[3]!.xmin);
    expect((await shop.get(pathOf(product))).body.version).to.equal(5);
  });
});
