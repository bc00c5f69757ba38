import { expect } from 'chai';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { rowsOf } from '../../support/rows';
import { countersOf, expectExactStock, type TestProduct } from '../../support/stock-scene';

const MAX_UNITS = 1_000_000_000;

describe('operations on stock', () => {
  let scene: CatalogueScene;
  let shop: ApiClient;
  before(async () => {
    scene = await catalogueScene({ SIMULATED_STEP_MS: '3600000' });
    ({ shop } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(scene.url));

  const pathOf = ({ product_id: id }: TestProduct): string => `/products/${id}/stock`;
  const put = (
    product: TestProduct,
    body: unknown,
    headers: Record<string, string> = {},
    as = shop,
  ): Promise<ApiResponse> => scene.request(as, 'PUT', pathOf(product), body, headers);
  const remove = (product: TestProduct, headers: Record<string, string> = {}, as = shop) =>
    scene.request(as, 'DELETE', pathOf(product), undefined, headers);

  async function stocked(onHand: number, settings: object = {}): Promise<TestProduct> {
    const product = (await scene.create()) as TestProduct;
    const answer = await put(product, { on_hand: onHand, ...settings });
    expect(answer.status, answer.text).to.equal(201);
    return product;
  }

  async function reserve(product: TestProduct, quantity: number): Promise<string> {
    const answer = await shop.post('/reservations', { items: [{ product_id: product.sku, quantity }] });
    expect(answer.status, answer.text).to.equal(201);
    return answer.body.reservation_id as string;
  }

  const expectProblem = (answer: ApiResponse, status: number, code: string): void => {
    expect([answer.status, answer.body.code], answer.text).to.deep.equal([status, code]);
  };

  /** The entries of the ledger, oldest first. */
  async function ledgerOf(product: TestProduct): Promise<[string, number, number, string | null][]> {
    const { body } = await shop.get(`${pathOf(product)}/ledger?limit=100`);
    const entries = body.data as {
      cause: string;
      change: { on_hand: number; reserved: number };
      reason: string | null;
    }[];
    return entries
      .reverse()
      .map(({ cause, change, reason }) => [cause, change.on_hand, change.reserved, reason]);
  }

  const eventsOf = (product: TestProduct) =>
    rowsOf<{ type: string; version: number; change: object }>(
      scene.url,
      `SELECT type, version, payload->'change' AS change FROM events
        WHERE subject_type = 'stock' AND payload->'stock'->>'product_id' = $1 ORDER BY seq`,
      [product.product_id],
    );

  describe('that set and adjust it', () => {
    it('given the first number of units, then the product is stock-kept; later changes have the next version', async () => {
      const product = (await scene.create()) as TestProduct;
      expectProblem(await shop.get(pathOf(product)), 404, 'no_stock');
      expectProblem(await put(product, { adjust: 1, reason: 'found' }), 404, 'no_stock');
      const first = await put(product, { on_hand: 5, low_stock_threshold: 2 });
      expect(first.status).to.equal(201);
      const { updated_at: updatedAt, ...stock } = first.body;
      expect(new Date(updatedAt as string).getTime()).to.be.closeTo(Date.now(), 10_000);
      expect(stock).to.deep.equal({
        product_id: product.product_id,
        sku: product.sku,
        on_hand: 5,
        reserved: 0,
        available: 5,
        low_stock_threshold: 2,
        backorder_limit: 0,
        version: 1,
      });
      const second = await put(product, { adjust: -2, reason: 'broken', backorder_limit: 1 });
      expect([second.status, second.body]).to.deep.equal([
        200,
        { ...first.body, on_hand: 3, available: 3, backorder_limit: 1, version: 2, updated_at: second.body.updated_at },
      ]);
      expect((await shop.get(pathOf(product))).body).to.deep.equal(second.body);
      expect(await ledgerOf(product)).to.deep.equal([
        ['set', 5, 0, null],
        ['adjusted', -2, 0, 'broken'],
      ]);
      expect(await eventsOf(product)).to.deep.equal([
        { type: 'STOCK_UPDATED', version: 1, change: { on_hand: 5, reserved: 0, causes: { set: 1 } } },
        { type: 'STOCK_UPDATED', version: 2, change: { on_hand: -2, reserved: 0, causes: { adjusted: 1 } } },
      ]);
    });

    it('given a request that changes nothing, then there is no entry and no event; settings alone leave no entry', async () => {
      const product = await stocked(5);
      expect((await put(product, { on_hand: 5 })).body.version).to.equal(1);
      const settings = await put(product, { adjust: 0, reason: 'policy', low_stock_threshold: 1 });
      expect([settings.body.version, settings.body.low_stock_threshold]).to.deep.equal([2, 1]);
      expect((await put(product, { on_hand: 5, low_stock_threshold: null })).body.low_stock_threshold).to.equal(null);
      expect(await ledgerOf(product)).to.deep.equal([['set', 5, 0, null]]);
      expect((await eventsOf(product)).map(({ version }) => version)).to.deep.equal([1, 2, 3]);
    });

    it('given a body of another form, then the faulty member is named', async () => {
      const product = await stocked(5);
      const faults: [unknown, string][] = [
        [{}, 'on_hand'],
        [{ low_stock_threshold: 1 }, 'on_hand'],
        [{ on_hand: -1 }, 'on_hand'],
        [{ on_hand: 1.5 }, 'on_hand'],
        [{ on_hand: MAX_UNITS + 1 }, 'on_hand'],
        [{ on_hand: 1, adjust: 1, reason: 'both' }, 'on_hand'],
        [{ on_hand: 1, reason: 'counted' }, 'adjust'],
        [{ on_hand: 1, reserved: 0 }, 'reserved'],
        [{ adjust: 1 }, 'reason'],
        [{ adjust: 1, reason: '' }, 'reason'],
        [{ adjust: '1', reason: 'text' }, 'adjust'],
        [{ on_hand: 1, backorder_limit: -1 }, 'backorder_limit'],
        [{ on_hand: 1, low_stock_threshold: MAX_UNITS + 1 }, 'low_stock_threshold'],
      ];
      for (const [body, member] of faults) {
        const answer = await put(product, body);
        expectProblem(answer, 400, 'validation_failed');
        expect(answer.body.errors.map(({ path }: { path: string }) => path)).to.include(member);
      }
      expect(await countersOf(scene.url, product)).to.deep.equal({ on_hand: 5, reserved: 0 });
    });

    it('given more units than a counter can hold, then the adjustment is refused', async () => {
      const product = await stocked(MAX_UNITS, { backorder_limit: MAX_UNITS });
      const answer = await put(product, { adjust: 1, reason: 'too many' });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors[0].path).to.equal('adjust');
      expect((await put(product, { adjust: -MAX_UNITS, reason: 'all' })).body.on_hand).to.equal(0);
    });

    it('given fewer units than are reserved, then the change is refused and nothing is written; backorders make room', async () => {
      const product = await stocked(5);
      await reserve(product, 4);
      expectProblem(await put(product, { on_hand: 3 }), 409, 'stock_below_reserved');
      expectProblem(await put(product, { adjust: -2, reason: 'lost' }), 409, 'stock_below_reserved');
      expect(await countersOf(scene.url, product)).to.deep.equal({ on_hand: 5, reserved: 4 });
      const { body } = await put(product, { adjust: -4, reason: 'lost', backorder_limit: 3 });
      expect([body.on_hand, body.reserved, body.available]).to.deep.equal([1, 4, -3]);
      expectProblem(await put(product, { adjust: 0, reason: 'no more', backorder_limit: 2 }), 409, 'stock_below_reserved');
    });
  });

  describe('that are repeated or concurrent', () => {
    it('given one key twice at once, then the stock is adjusted once, and both get the same answer', async () => {
      const product = await stocked(5);
      const headers = { 'Idempotency-Key': `adjust-${product.sku}` };
      const body = { adjust: 3, reason: 'delivery' };
      const answers = await Promise.all([put(product, body, headers), put(product, body, headers)]);
      expect(answers[0].text).to.equal(answers[1].text);
      expect(answers[0].headers.get('etag')).to.equal(answers[1].headers.get('etag'));
      const replayed = answers.map(({ headers: answered }) => answered.get('idempotency-replayed'));
      expect(replayed.sort()).to.deep.equal([null, 'true']);
      expect(await countersOf(scene.url, product)).to.deep.equal({ on_hand: 8, reserved: 0 });
      expectProblem(await put(product, { adjust: 4, reason: 'delivery' }, headers), 422, 'idempotency_key_reused');
      expectProblem(await put(await stocked(1), body, headers), 422, 'idempotency_key_reused');
    });

    it('given a key whose request was refused, then it can be used again', async () => {
      const product = await stocked(1);
      const headers = { 'Idempotency-Key': `refused-${product.sku}` };
      const body = { adjust: -2, reason: 'sold' };
      expectProblem(await put(product, body, headers), 409, 'stock_below_reserved');
      await put(product, { on_hand: 2 });
      expect((await put(product, body, headers)).body.on_hand).to.equal(0);
    });

    it('given many adjustments and first numbers at once, then none is lost', async () => {
      const product = (await scene.create()) as TestProduct;
      const firsts = await Promise.all(Array.from({ length: 10 }, () => put(product, { on_hand: 5 })));
      expect(firsts.map(({ status }) => status).sort()).to.deep.equal([...Array<number>(9).fill(200), 201]);
      await Promise.all(Array.from({ length: 30 }, () => put(product, { adjust: 1, reason: 'one' })));
      expect(await countersOf(scene.url, product)).to.deep.equal({ on_hand: 35, reserved: 0 });
      expect(await ledgerOf(product)).to.have.length(31);
    });
  });

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
      expect([renamed.status, renamed.body.sku, renamed.body.version]).to.deep.equal([200, `${product.sku}-new`, 1]);
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
      expectProblem(await put(without, { on_hand: 1 }, { 'If-Match': '"1"' }), 412, 'precondition_failed');
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
      expect((await shop.post('/reservations', { items: [{ product_id: product.sku, quantity: 99 }] })).status).to.equal(201);
      const again = await put(product, { on_hand: 5, low_stock_threshold: 9 });
      expect([again.status, again.body.version]).to.deep.equal([201, 2]);
      expect((await shop.get(pathOf(product), { 'If-None-Match': headers.get('etag')! })).status).to.equal(200);
      expect((await eventsOf(product)).map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5, 1, 2]);
    });
  });

  describe('that list', () => {
    it('given a ledger of several pages, then each entry is in one of them, newest first', async () => {
      const product = await stocked(1);
      for (let n = 2; n <= 5; n += 1) await put(product, { on_hand: n });
      const changes: number[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body }: ApiResponse = await shop.get(`${pathOf(product)}/ledger?limit=2${cursor && `&cursor=${cursor}`}`);
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
      await reserve(enough, 1);
      await put(low, { adjust: 1, reason: 'delivery' });
      for (const list of lists) {
        expect(await skusOf(list)).to.include(enough.sku);
        expect(await skusOf(list)).to.not.include(low.sku);
      }
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
