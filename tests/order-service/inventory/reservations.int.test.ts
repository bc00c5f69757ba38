import { expect } from 'chai';
import { type ApiClient, type ApiResponse } from '../../support/api-client';
import { type CatalogueScene, catalogueScene } from '../../support/catalogue-scene';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
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

describe('reservations', () => {
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

  const extend = (path: string, body: object, headers = {}, as = shop) =>
    scene.request(as, 'PATCH', path, body, headers);
  const release = (path: string, headers = {}, as = shop) =>
    scene.request(as, 'DELETE', path, undefined, headers);
  const statusOf = async (path: string) => (await shop.get(path)).body.status as string;
  const counters = (product: TestProduct) => countersOf(scene.url, product);

  /** Lets the time of a reservation end without waiting for it. */
  const endTimeOf = (id: string) =>
    rowsOf(scene.url, `UPDATE reservations SET expires_at = now() - interval '1 ms' WHERE reservation_id = $1`, [id]);

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
      const [lamp, bulb] = [await createProduct(shop, { onHand: 5 }), await createProduct(shop, { onHand: 1 })];
      const short = await shop.post('/reservations', { items: [line(lamp, 1), line(bulb, 2)] });
      expectProblem(short, 409, 'out_of_stock');
      expect(short.body.errors[0].path).to.equal('items[1]');
      const foreign = await createProduct(scene.other, { onHand: 9 });
      const unknown = await shop.post('/reservations', { items: [line(lamp), line(foreign), line('nothing')] });
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
      for (const body of bodies) expectProblem(await shop.post('/reservations', body), 400, 'validation_failed');
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
      await scene.request(shop, 'DELETE', `/products/${lamp.product_id}`);
      answers.push(await shop.post('/reservations', body, headers));
      expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
      expect(answers.map(({ status }) => status)).to.deep.equal([201, 201, 201]);
      expect(answers[2]!.headers.get('location')).to.equal(`/reservations/${answers[0]!.body.reservation_id}`);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 2 });
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

  describe('that are extended or released', () => {
    it('given an active one, then its time is extended, never shortened, and its items cannot be changed', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path } = await reserve([line(lamp)], 60);
      const { body } = await shop.get(path);
      const extended = await extend(path, { expires_in_seconds: 3_600 });
      expect([extended.status, extended.body.version, extended.headers.get('etag')]).to.deep.equal([200, 2, '"2"']);
      expect(Date.parse(extended.body.expires_at as string)).to.be.above(Date.parse(body.expires_at as string) + 3_000_000);
      const shorter = await extend(path, { expires_in_seconds: 1 });
      expect(shorter.body).to.deep.equal(extended.body);
      expectProblem(await extend(path, { items: [line(lamp, 2)] }), 400, 'validation_failed');
      expectProblem(await extend(path, {}), 400, 'validation_failed');
      expectProblem(await extend(path, { expires_in_seconds: 60 }, { 'If-Match': '"1"' }), 412, 'precondition_failed');
    });

    it('given one that is released, then its units are available at once; another release changes nothing', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path } = await reserve([line(lamp, 5)]);
      expectProblem(await release(path, { 'If-Match': '"7"' }), 412, 'precondition_failed');
      const answers = await Promise.all([release(path), release(path), release(path)]);
      expect(answers.map(({ status }) => status)).to.deep.equal([204, 204, 204]);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 0 });
      expect((await causesOf(scene.url, lamp)).slice(1)).to.deep.equal(['reservation_created', 'reservation_released']);
      expect(await statusOf(path)).to.equal('released');
      expectProblem(await extend(path, { expires_in_seconds: 60 }), 409, 'reservation_expired');
    });

    it('given the reservation of another client, then it is not found; operators can release it', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path, id } = await reserve([line(lamp)]);
      const { other, operator } = scene;
      for (const answer of [
        await other.get(path),
        await extend(path, { expires_in_seconds: 60 }, {}, other),
        await release(path, {}, other),
      ])
        expectProblem(answer, 404, 'reservation_not_found');
      const idsOf = async (as: ApiClient) =>
        ((await as.get('/reservations?limit=100')).body.data as { reservation_id: string }[]).map(
          ({ reservation_id }) => reservation_id,
        );
      expect(await idsOf(other)).to.deep.equal([]);
      expect(await idsOf(operator)).to.include(id);
      expect((await release(path, {}, operator)).status).to.equal(204);
    });
  });

  describe('whose time is over', () => {
    it('given one of a second, then its units are available within two seconds of its end', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path } = await reserve([line(lamp, 5)], 1);
      const expiresAt = Date.parse((await shop.get(path)).body.expires_at as string);
      await eventually(async () => expect(await statusOf(path)).to.equal('expired'));
      expect(Date.now() - expiresAt).to.be.within(0, 2_000);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 0 });
      expect((await causesOf(scene.url, lamp)).at(-1)).to.equal('reservation_expired');
      expectProblem(await extend(path, { expires_in_seconds: 60 }), 409, 'reservation_expired');
      expect((await release(path)).status).to.equal(204);
    });

    it('given reservations that expire while they become orders, then each ends in exactly one of the two ways', async () => {
      const lamp = await createProduct(shop, { onHand: 40 });
      const carts = await Promise.all(Array.from({ length: 40 }, () => reserve([line(lamp)])));
      const answers = await Promise.all(
        carts.map(async ({ id }, index) => {
          if (index % 2 === 0) await endTimeOf(id);
          return shop.post('/orders', orderBody({ items: [line(lamp)], reservation_id: id }));
        }),
      );
      await eventually(async () =>
        expect(await countRows(scene.url, 'reservations', "status = 'active' AND expires_at < now()")).to.equal(0),
      );
      const orders = answers.filter(({ status }) => status === 201).length;
      expect(answers.filter(({ status }) => status === 409)).to.have.length(40 - orders);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 40, reserved: orders });
      for (const [index, { path }] of carts.entries()) {
        const { body } = await shop.get(path);
        const isOrder = answers[index]!.status === 201;
        expect([body.status, body.order_id]).to.deep.equal(
          isOrder ? ['converted', answers[index]!.body.order_id] : ['expired', null],
        );
      }
    });
  });

  it('given one that became an order, then it can be neither released nor extended, and its units belong to the order', async () => {
    const lamp = await createProduct(shop, { onHand: 5 });
    const { path, id } = await reserve([line(lamp, 2)]);
    const order = await shop.post('/orders', orderBody({ items: [line(lamp, 2)], reservation_id: id }));
    expect(order.status, order.text).to.equal(201);
    expectProblem(await release(path), 409, 'reservation_expired');
    expectProblem(await extend(path, { expires_in_seconds: 60 }), 409, 'reservation_expired');
    expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 2 });
    expect((await shop.get(path)).body).to.include({ status: 'converted', order_id: order.body.order_id });
  });

  it('given several, then the list has them newest first, page by page, and by status', async () => {
    const lamp = await createProduct(shop, { onHand: 9 });
    const made = [];
    for (let n = 0; n < 3; n += 1) made.push((await reserve([line(lamp)])).id);
    await release(`/reservations/${made[1]!}`);
    const listed = async (query: string) => {
      const { body } = await shop.get(`/reservations?${query}`);
      return {
        ids: (body.data as { reservation_id: string }[]).map(({ reservation_id: id }) => id),
        next: body.next_cursor as string,
      };
    };
    const first = await listed('limit=2');
    expect(first.ids).to.deep.equal([made[2], made[1]]);
    expect((await listed(`limit=1&cursor=${first.next}`)).ids).to.deep.equal([made[0]]);
    expect((await listed('status=released&limit=1')).ids).to.deep.equal([made[1]]);
    expectProblem(await shop.get('/reservations?status=new'), 400, 'validation_failed');
  });
});
