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
  type TestProduct,
} from '../../support/stock-scene';

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
    rowsOf(
      scene.url,
      `UPDATE reservations SET expires_at = now() - interval '1 ms' WHERE reservation_id = $1`,
      [id],
    );

  describe('that are extended or released', () => {
    it('given an active one, then its time is extended, never shortened, and its items cannot be changed', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path } = await reserve([line(lamp)], 60);
      const { body } = await shop.get(path);
      const extended = await extend(path, { expires_in_seconds: 3_600 });
      expect([extended.status, extended.body.version, extended.headers.get('etag')]).to.deep.equal([
        200,
        2,
        '"2"',
      ]);
      expect(Date.parse(extended.body.expires_at as string)).to.be.above(
        Date.parse(body.expires_at as string) + 3_000_000,
      );
      const shorter = await extend(path, { expires_in_seconds: 1 });
      expect(shorter.body).to.deep.equal(extended.body);
      expectProblem(await extend(path, { items: [line(lamp, 2)] }), 400, 'validation_failed');
      expectProblem(await extend(path, {}), 400, 'validation_failed');
      expectProblem(
        await extend(path, { expires_in_seconds: 60 }, { 'If-Match': '"1"' }),
        412,
        'precondition_failed',
      );
    });

    it('given one that is released, then its units are available at once; another release changes nothing', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path } = await reserve([line(lamp, 5)]);
      expectProblem(await release(path, { 'If-Match': '"7"' }), 412, 'precondition_failed');
      const answers = await Promise.all([release(path), release(path), release(path)]);
      expect(answers.map(({ status }) => status)).to.deep.equal([204, 204, 204]);
      expect(await counters(lamp)).to.deep.equal({ on_hand: 5, reserved: 0 });
      expect((await causesOf(scene.url, lamp)).slice(1)).to.deep.equal([
        'reservation_created',
        'reservation_released',
      ]);
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
    it('given one of a second, then its units are available soon after its end', async () => {
      const lamp = await createProduct(shop, { onHand: 5 });
      const { path } = await reserve([line(lamp, 5)], 1);
      const expiresAt = Date.parse((await shop.get(path)).body.expires_at as string);
      await eventually(async () => expect(await statusOf(path)).to.equal('expired'));
      expect(Date.now()).to.be.at.least(expiresAt);
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
        expect(
          await countRows(scene.url, 'reservations', "status = 'active' AND expires_at < now()"),
        ).to.equal(0),
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
