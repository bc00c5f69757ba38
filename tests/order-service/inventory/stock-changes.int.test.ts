import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { expectProblem, type InventoryScene, inventoryScene } from '../../support/inventory-scene';
import { countersOf, expectExactStock, type TestProduct } from '../../support/stock-scene';

const MAX_UNITS = 1_000_000_000;

describe('changes of stock by its owner', () => {
  let scene: InventoryScene;
  let shop: ApiClient;
  let pathOf: InventoryScene['pathOf'];
  let put: InventoryScene['put'];
  let stocked: InventoryScene['stocked'];
  let reserve: InventoryScene['reserve'];
  let ledgerOf: InventoryScene['ledgerOf'];
  let eventsOf: InventoryScene['eventsOf'];
  before(async () => {
    scene = await inventoryScene();
    ({ shop, pathOf, put, stocked, reserve, ledgerOf, eventsOf } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(scene.url));

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
        {
          ...first.body,
          on_hand: 3,
          available: 3,
          backorder_limit: 1,
          version: 2,
          updated_at: second.body.updated_at,
        },
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
      expect(
        (await put(product, { on_hand: 5, low_stock_threshold: null })).body.low_stock_threshold,
      ).to.equal(null);
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
      expectProblem(
        await put(product, { adjust: 0, reason: 'no more', backorder_limit: 2 }),
        409,
        'stock_below_reserved',
      );
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
      expectProblem(
        await put(product, { adjust: 4, reason: 'delivery' }, headers),
        422,
        'idempotency_key_reused',
      );
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
});
