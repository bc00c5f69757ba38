import { expect } from 'chai';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import {
  causesOf,
  countersOf,
  createProduct,
  expectExactStock,
  line,
  setStock,
  type TestProduct,
} from '../../support/stock-scene';

const DAY_SECONDS = 86_400;

describe('new reservations', () => {
  let scene: CatalogueScene;
  let shop: ApiClient;
  before(async () => {
    scene = await catalogueScene({ SIMULATED_STEP_MS: '3600000' });
    ({ shop } = scene);
  });
  after(() => scene.stop());
  afterEach(() => expectExactStock(scene.url));

  const expectProblem = (answer: ApiResponse, status: number, code: string): void => {
    expect([answer.status, answer.body.code], answer.text).to.deep.equal([status, code]);
  };

  async function reserve(items: object[], seconds?: number): Promise<{ path: string; id: string }> {
    const body = { items, ...(seconds !== undefined && { expires_in_seconds: seconds }) };
    const answer = await shop.post('/reservations', body);
    expect(answer.status, answer.text).to.equal(201);
    const id = answer.body.reservation_id as string;
    return { path: `/reservations/${id}`, id };
  }

  const release = (path: string, headers = {}, as = shop) =>
    scene.request(as, 'DELETE', path, undefined, headers);
  const counters = (product: TestProduct) => countersOf(scene.url, product);

  describe('that are created', () => {
    it('given stock, then the units are held for 15 minutes, and the reservation can be read', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const answer = await shop.post('/reservations', { items: [line(lamp, 2)] });
      const { reservation_id: id, created_at: createdAt, expires_at: expiresAt, ...rest } = answer.body;
      expect(rest).to.deep.equal({
        status: 'active',
        items: [{ product_id: lamp.sku, quantity: 2 }],
        order_id: null,
        version: 1,
        updated_at: createdAt,
      });
      expect(Date.parse(expiresAt as string) - Date.parse(createdAt as string)).to.equal(900_000);
      const { headers } = answer;
      expect([headers.get('location'), headers.get('etag')]).to.deep.equal([`/reservations/${id}`, '"1"']);
      expect((await shop.get(`/reservations/${id}`)).body).to.deep.equal(answer.body);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 2 });
    });

    it('given one product twice in the items, then they count together', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const refused = await shop.post('/reservations', { items: [line(lamp, 3), line(lamp, 3)] });
      expectProblem(refused, 409, 'out_of_stock');
      expect(refused.body.errors).to.deep.equal([
        { path: 'items[0]', message: `${lamp.sku}: 6 requested, 5 available` },
      ]);
      const { path } = await reserve([line(lamp, 3), line(lamp, 2)]);
      expect((await shop.get(path)).body.items).to.deep.equal([{ product_id: lamp.sku, quantity: 5 }]);
      expect(await causesOf(scene.url, lamp)).to.deep.equal(['set', 'reservation_created']);
    });

    it('given items of which one is short or unknown, then nothing is reserved', async () => {
      const [lamp, bulb] = [
        await createProduct(shop, { onHand: 5 }),
        await createProduct(shop, { onHand: 1 }),
      ];
      const short = await shop.post('/reservations', { items: [line(lamp, 1), line(bulb, 2)] });
      expectProblem(short, 409, 'out_of_stock');
      expect(short.body.errors[0].path).to.equal('items[1]');
      const foreign = await createProduct(scene.other, { onHand: 9 });
      const unknown = await shop.post('/reservations', {
        items: [line(lamp), line(foreign), line('nothing')],
      });
      expectProblem(unknown, 422, 'unknown_product');
      expect(unknown.body.errors.map(({ path }: { path: string }) => path)).to.deep.equal([
        'items[1].product_id',
        'items[2].product_id',
      ]);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 0 });
      expect(await counters(foreign)).to.deep.equal({ on_hand: 9, reserved: 0 });
    });

    it('given a body that is not valid, then it is refused', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const bodies = [
        {},
        { items: [] },
        { items: [{ product_id: lamp.sku }] },
        { items: [line(lamp, 0)] },
        { items: [line(lamp, 10_001)] },
        { items: [line(lamp, 1, { unit_price: 1 })] },
        { items: Array.from({ length: 101 }, () => line(lamp)) },
        { items: [line(lamp)], expires_in_seconds: 0 },
        { items: [line(lamp)], expires_in_seconds: 7 * DAY_SECONDS + 1 },
      ];
      for (const body of bodies)
        expectProblem(await shop.post('/reservations', body), 400, 'validation_failed');
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 0 });
    });

    it('given a product that is not stock-kept, then nothing is held, also when its stock begins meanwhile', async () => {
      const lamp = await createProduct(shop);
      const { path } = await reserve([line(lamp, 9_999)]);
      await setStock(shop, lamp, { on_hand: 2 });
      expect((await release(path)).status).to.equal(204);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 2, reserved: 0 });
      expect(await causesOf(scene.url, lamp)).to.deep.equal(['set']);
    });

    it('given one key twice at once, then one reservation; also after its product was deleted', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const headers = { 'Idempotency-Key': `cart-${lamp.sku}` };
      const body = { items: [line(lamp, 2)] };
      const answers: ApiResponse[] = await Promise.all([
        shop.post('/reservations', body, headers),
        shop.post('/reservations', body, headers),
      ]);
      const path = `/reservations/${answers[0]!.body.reservation_id}`;
      expect((await release(path)).status).to.equal(204);
      const { status } = await scene.request(shop, 'DELETE', `/products/${lamp.product_id}`);
      expect(status).to.equal(204);
      answers.push(await shop.post('/reservations', body, headers));
      expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
      expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 201]);
      expect(answers[2]!.headers.get('location')).to.equal(path);
      expect(await causesOf(scene.url, lamp)).to.deep.equal([
        ...['set', 'reservation_created', 'reservation_released', 'removed'],
      ]);
    });

    it('given one unit and many carts at once, then one gets it', async () => {
      const last = await createProduct(shop, { onHand: 1 });
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => shop.post('/reservations', { items: [line(last)] })),
      );
      expect(answers.filter(({ status }) => status === 201)).to.have.length(1);
      expect(answers.filter(({ status }) => status === 409)).to.have.length(29);
    });
  });
});
