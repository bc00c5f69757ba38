import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import {
  createReservationWriter,
  type ReservationRequest,
} from '../../../src/order-service/inventory/use-cases/create-reservation';
import { lockReservations } from '../../../src/order-service/inventory/use-cases/convert-reservation';
import {
  MOST_EXPIRED,
  pruneReservations,
} from '../../../src/order-service/inventory/use-cases/end-reservations';
import {
  extendReservation,
  releaseReservation,
} from '../../../src/order-service/inventory/use-cases/manage-reservations';
import { createReservationExpiry } from '../../../src/order-service/inventory/workers/reservation-expiry';
import { createFindOrderProducts } from '../../../src/order-service/catalogue/use-cases/find-order-products';
import { leastIdAt } from '../../../src/shared/contracts/text';
import { originOf } from '../../../src/shared/event-log/event';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { countRows, rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { countersOf, expectExactStock } from '../../support/stock-scene';
import { type StockDatabase, stockDatabase } from '../../support/stock-database';
import { thrownBy } from '../../support/thrown-by';

describe('the expiry of reservations', () => {
  let stock: StockDatabase;
  const expired = { first: 0, second: 0 };
  before(async () => (stock = await stockDatabase()));
  after(() => stock.stop());
  afterEach(() => expectExactStock(stock.url));

  const expiry = (instance: 'first' | 'second') =>
    createReservationExpiry({
      db: stock[instance],
      logger: silentLogger,
      onExpired: (count) => (expired[instance] += count),
    });

  async function reserve(productId: string, quantity = 1): Promise<string> {
    const [product] = await rowsOf<{ sku: string }>(
      stock.url,
      'SELECT sku FROM products WHERE product_id = $1',
      [productId],
    );
    const request: ReservationRequest = {
      owner: 'shop',
      items: [{ sku: product!.sku, quantity }],
      expiresInSeconds: 900,
      origin: originOf('shop'),
    };
    const creating = {
      db: stock.first,
      findProducts: createFindOrderProducts(stock.first),
      render: ({ reservationId }: { reservationId: string }) => ({ status: 201, body: reservationId }),
    };
    return (await createReservationWriter(creating)(request, null)).body;
  }

  const endTimeOf = (ids: readonly string[]) =>
    rowsOf(
      stock.url,
      `UPDATE reservations SET expires_at = now() - interval '1 ms' WHERE reservation_id = ANY ($1)`,
      [ids],
    );

  const reserved = async (productId: string) =>
    (await countersOf(stock.url, { product_id: productId, sku: '' })).reserved;

  it('given reservations of which some are over, when the loops of two instances run at once, then each of those is released once', async () => {
    const productId = await stock.add(200);
    const ids = await Promise.all(Array.from({ length: 130 }, () => reserve(productId)));
    await endTimeOf(ids.slice(0, 120));
    const [first, second] = [expiry('first'), expiry('second')];
    for (let steps = 0; (await reserved(productId)) > 10 && steps < 10; steps += 1)
      await Promise.all([first.runOnce(), second.runOnce(), second.runOnce()]);
    expect(await reserved(productId)).to.equal(10);
    expect(expired.first + expired.second).to.equal(120);
    expect(
      await countRows(
        stock.url,
        'stock_ledger',
        `cause = 'reservation_expired' AND product_id = '${productId}'`,
      ),
    ).to.equal(120);
    expect(await first.runOnce()).to.equal('idle');
  });

  it('given a reservation that is over and not released yet, then it can neither be extended nor taken over, but released', async () => {
    const productId = await stock.add(5);
    const id = await reserve(productId, 3);
    await endTimeOf([id]);
    const ref = { reservationId: id, visibleOwner: 'shop' };
    expect(await thrownBy(extendReservation(stock.first, ref, 60, null))).to.include({
      code: 'reservation_expired',
    });
    const taken = stock.first.transaction((tx) =>
      lockReservations(tx, [{ owner: 'shop', reservationId: id }]),
    );
    expect((await taken).size).to.equal(0);
    await releaseReservation(stock.first, ref, null, originOf('shop'));
    expect(await reserved(productId)).to.equal(0);
    expect(await expiry('first').runOnce()).to.equal('idle');
  });

  it('given a reservation that an order is taking over, then the loop leaves it alone', async () => {
    const productId = await stock.add(5);
    const id = await reserve(productId, 3);
    await stock.second.transaction(async (tx) => {
      const locked = await lockReservations(tx, [{ owner: 'shop', reservationId: id }]);
      expect([...locked.get(id)!.needs]).to.deep.equal([[productId, 3]]);
      await tx.query(
        `UPDATE reservations SET expires_at = now() - interval '1 ms' WHERE reservation_id = $1`,
        [id],
      );
      await expiry('first').runOnce();
    });
    expect(await reserved(productId)).to.equal(3);
    await expiry('first').runOnce();
    expect(await reserved(productId)).to.equal(0);
  });

  for (const [clock, offset] of [
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ] as const)
    it(`given an instance whose clock is an hour ${clock}, then reservations last as long as they should`, async () => {
      const productId = await stock.add(5);
      const clocks = useFakeTimers({ now: Date.now() + offset, toFake: ['Date'] });
      try {
        const [running, over] = [await reserve(productId), await reserve(productId, 2)];
        await endTimeOf([over]);
        await expiry('first').runOnce();
        expect(await reserved(productId)).to.equal(1);
        const ref = { reservationId: running, visibleOwner: 'shop' };
        const { expiresAt } = await extendReservation(stock.first, ref, 1_800, null);
        clocks.restore();
        expect(expiresAt.getTime() - Date.now()).to.be.within(1_700_000, 1_900_000);
      } finally {
        clocks.restore();
      }
    });

  it('given reservations of other clients, then they cannot be taken over', async () => {
    const id = await reserve(await stock.add(5));
    const locked = await stock.first.transaction((tx) =>
      lockReservations(tx, [{ owner: 'other', reservationId: id }]),
    );
    expect(locked.size).to.equal(0);
  });

  it('given a product whose stock another session keeps locked, then only its reservations wait', async () => {
    const [hot, cold] = [await stock.add(5), await stock.add(5)];
    await endTimeOf([await reserve(hot), await reserve(cold)]);
    await withConnection(stock.url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [hot]);
      await expiry('first').runOnce();
      expect([await reserved(hot), await reserved(cold)]).to.deep.equal([1, 0]);
      await client.query('COMMIT');
    });
    await expiry('first').runOnce();
    expect(await reserved(hot)).to.equal(0);
  });

  it('given more reservations of a locked product than a step takes, then those of other products end, and later all', async () => {
    const [hot, cold] = [await stock.add(100), await stock.add(5)];
    await endTimeOf(await Promise.all(Array.from({ length: MOST_EXPIRED + 1 }, () => reserve(hot))));
    const loop = expiry('first');
    await endTimeOf([await reserve(cold)]);
    await withConnection(stock.url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM stock WHERE product_id = $1 FOR UPDATE', [hot]);
      expect(await loop.runOnce()).to.equal('busy');
      expect(await loop.runOnce()).to.equal('idle');
      expect([await reserved(hot), await reserved(cold)]).to.deep.equal([MOST_EXPIRED + 1, 0]);
      await client.query('COMMIT');
    });
    expect([await loop.runOnce(), await loop.runOnce()]).to.deep.equal(['busy', 'idle']);
    expect(await reserved(hot)).to.equal(0);
  });

  it('given a counter that is lower than what reservations hold, then they end, and so do those of other products', async () => {
    const [drifted, sound] = [await stock.add(9), await stock.add(9)];
    const [first, second] = [await reserve(drifted, 3), await reserve(drifted, 3)];
    const released = await reserve(drifted, 1);
    await endTimeOf([first, second, await reserve(sound, 2)]);
    await rowsOf(stock.url, 'UPDATE stock SET reserved = 4 WHERE product_id = $1', [drifted]);
    await expiry('first').runOnce();
    expect([await reserved(drifted), await reserved(sound)]).to.deep.equal([0, 0]);
    const ref = { reservationId: released, visibleOwner: 'shop' };
    await releaseReservation(stock.first, ref, null, originOf('shop'));
    const stillActive = `status = 'active' AND reservation_id = '${released}'`;
    expect(await countRows(stock.url, 'reservations', stillActive)).to.equal(0);
    // Their entries add up to the drift.
    await rowsOf(stock.url, `DELETE FROM stock_ledger WHERE product_id = $1 AND cause LIKE 'reservation%'`, [
      drifted,
    ]);
  });

  it('given ended reservations, then old ones are pruned, and active ones are kept however old they are', async () => {
    const productId = await stock.add(9);
    const [active, ended] = [await reserve(productId), await reserve(productId)];
    await releaseReservation(
      stock.first,
      { reservationId: ended, visibleOwner: null },
      null,
      originOf('shop'),
    );
    expect(await pruneReservations(stock.first)).to.equal(0);
    const old = leastIdAt(Date.now() - 31 * 86_400_000);
    const oldActive = `${old.slice(0, -1)}1`;
    await rowsOf(
      stock.url,
      'ALTER TABLE reservation_items DROP CONSTRAINT reservation_items_reservation_id_fkey',
    );
    for (const [id, aged] of [
      [active, oldActive],
      [ended, old],
    ] as const)
      for (const table of ['reservations', 'reservation_items'])
        await rowsOf(stock.url, `UPDATE ${table} SET reservation_id = $2 WHERE reservation_id = $1`, [
          id,
          aged,
        ]);
    await rowsOf(stock.url, 'UPDATE stock_ledger SET reservation_id = $2 WHERE reservation_id = $1', [
      active,
      oldActive,
    ]);
    expect(await pruneReservations(stock.first)).to.equal(1);
    expect(await countRows(stock.url, 'reservations', `reservation_id = '${oldActive}'`)).to.equal(1);
  });
});
