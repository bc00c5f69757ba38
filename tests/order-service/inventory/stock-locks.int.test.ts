import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { deleteProduct } from '../../../src/order-service/catalogue/use-cases/change-product';
import { allocate } from '../../../src/order-service/inventory/domain/allocate';
import { type OrderSettlement } from '../../../src/order-service/inventory/domain/settle-orders';
import { settleOrderStock } from '../../../src/order-service/inventory/use-cases/settle-order-stock';
import { listStockKept } from '../../../src/order-service/inventory/store/stock-book-store';
import { endStock } from '../../../src/order-service/inventory/use-cases/change-stock';
import { lockStock } from '../../../src/order-service/inventory/use-cases/lock-stock';
import { writeStock } from '../../../src/order-service/inventory/use-cases/write-stock';
import { originOf } from '../../../src/shared/event-log/event';
import { type Database } from '../../../src/shared/postgres/queryable';
import { countRows, rowsOf } from '../../support/rows';
import { untilWaiting } from '../../support/until-waiting';
import { change, type StockDatabase, stockDatabase } from '../../support/stock-database';

const ORIGIN = originOf('shop');
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

describe('locked stock', () => {
  let stock: StockDatabase;
  before(async () => (stock = await stockDatabase()));
  after(() => stock.stop());

  /** Reserves a unit of each product for an order, as the placing of orders does; false when one is short. */
  const place = (db: Database, orderId: string, productIds: readonly string[]): Promise<boolean> =>
    db.transaction(async (tx) => {
      const levels = await lockStock(tx, productIds);
      const needs = new Map(productIds.map((productId) => [productId, 1]));
      if (allocate(levels, [{ needs }])[0] !== null) return false;
      const placed = { cause: 'order_placed', onHand: 0, reserved: 1, orderId, origin: ORIGIN } as const;
      writeStock(
        tx,
        levels,
        productIds.map((productId) => ({ ...placed, productId })),
        new Date(),
      );
      return true;
    });

  const settle = (db: Database, cause: OrderSettlement['cause'], ...orderIds: string[]): Promise<unknown> =>
    db.transaction((tx) =>
      settleOrderStock(
        tx,
        orderIds.map((orderId) => ({ orderId, cause, origin: ORIGIN })),
        new Date(),
      ),
    );

  const countersOf = async (productId: string) => {
    const [row] = await rowsOf<{ on_hand: number; reserved: number; version: number }>(
      stock.url,
      'SELECT on_hand, reserved, version FROM stock WHERE product_id = $1',
      [productId],
    );
    return row!;
  };

  /** The counters, the sum of the ledger, and what the last event says, must be equal. */
  async function expectEqualBooks(productId: string): Promise<void> {
    const [row] = await rowsOf(
      stock.url,
      `SELECT (s.on_hand, s.reserved) IS NOT DISTINCT FROM (l.on_hand, l.reserved) AS is_sum,
              s.version = e.version AND e.version = e.count AS has_versions,
              (e.payload->'stock'->>'on_hand', e.payload->'stock'->>'reserved') = (s.on_hand::text, s.reserved::text) AS is_told,
              s.reserved BETWEEN 0 AND s.on_hand + s.backorder_limit AS is_covered
         FROM stock s,
              (SELECT sum(delta_on_hand) AS on_hand, sum(delta_reserved) AS reserved FROM stock_ledger WHERE product_id = $1) AS l,
              LATERAL (SELECT version, payload, count(*) OVER () AS count FROM events
                        WHERE subject_id = s.stock_id ORDER BY version DESC LIMIT 1) AS e
        WHERE s.product_id = $1`,
      [productId],
    );
    expect(row).to.deep.equal({ is_sum: true, has_versions: true, is_told: true, is_covered: true });
  }

  it('given the same products in any order at two instances, then no transaction deadlocks, and nothing is sold twice', async () => {
    const products = await Promise.all([100, 60, 30, 90].map((onHand) => stock.add(onHand)));
    const deadlocks = async () =>
      (
        await rowsOf<{ deadlocks: number }>(
          stock.url,
          'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
        )
      )[0]!.deadlocks;
    const placed: string[] = [];
    const steps = Array.from({ length: 240 }, async (_, index) => {
      const db = index % 2 === 0 ? stock.first : stock.second;
      const chosen = products.filter((_id, at) => (index >> at) % 2 === 1 || at === index % 4);
      const orderId = randomUUID();
      if (await place(db, orderId, index % 3 === 0 ? chosen.reverse() : chosen)) placed.push(orderId);
      if (index % 5 === 0 && placed.length > 1)
        await settle(
          db,
          index % 2 === 0 ? 'order_shipped' : 'order_cancelled',
          ...placed.slice(-2).reverse(),
        );
    });
    await Promise.all(steps);
    for (const productId of products) await expectEqualBooks(productId);
    expect(await deadlocks()).to.equal(0);
  });

  it('given an order that is settled twice, also at once, then it counts once; a return counts only after the shipment', async () => {
    const productId = await stock.add(5);
    const orderId = randomUUID();
    await place(stock.first, orderId, [productId]);
    await settle(stock.first, 'order_returned', orderId);
    expect(await countersOf(productId)).to.include({ on_hand: 5, reserved: 1 });
    await Promise.all([
      settle(stock.first, 'order_shipped', orderId),
      settle(stock.second, 'order_shipped', orderId),
    ]);
    await settle(stock.first, 'order_cancelled', orderId);
    expect(await countersOf(productId)).to.include({ on_hand: 4, reserved: 0 });
    await settle(stock.first, 'order_returned', orderId);
    await settle(stock.second, 'order_returned', orderId);
    expect(await countersOf(productId)).to.include({ on_hand: 5, reserved: 0 });
    await expectEqualBooks(productId);
  });

  const remove = (productId: string): Promise<void> =>
    deleteProduct(
      { db: stock.first, endStock },
      { ref: { productId }, visibleOwner: null, expected: null },
      ORIGIN,
    );

  it('given an order of a product that was deleted since, when it is returned, then the stock stays empty', async () => {
    const [deleted, kept] = [await stock.add(5), await stock.add(5)];
    const orderId = randomUUID();
    await place(stock.first, orderId, [deleted, kept]);
    await settle(stock.first, 'order_shipped', orderId);
    await remove(deleted);
    await settle(stock.second, 'order_returned', orderId);
    expect(await countersOf(deleted)).to.include({ on_hand: 0, reserved: 0 });
    expect(await countersOf(kept)).to.include({ on_hand: 5, reserved: 0 });
    await expectEqualBooks(deleted);
    const refilled = change(stock.first, [{ productId: deleted, cause: 'set', onHand: 1, reserved: 0 }]);
    expect(await refilled.then(String, (error: { code: string }) => error.code)).to.equal('23514');
    expect(await listStockKept(stock.first, deleted, 1)).to.deep.equal([kept]);
    expect(await listStockKept(stock.first, FIRST_ID, 1_000))
      .to.include(kept)
      .and.not.to.include(deleted);
  });

  it('given a deletion, when a return, and then an order, wait for its locks, then the return puts nothing back, and nothing is sold', async () => {
    const [deleted, kept] = [await stock.add(5), await stock.add(5)];
    const orderId = randomUUID();
    await place(stock.first, orderId, [deleted, kept]);
    await settle(stock.first, 'order_shipped', orderId);
    const waiting: Promise<unknown>[] = [];
    await stock.second.transaction(async (tx) => {
      await lockStock(tx, [deleted]);
      for (const [index, start] of [
        () => remove(deleted),
        () => settle(stock.first, 'order_returned', orderId),
        () => place(stock.second, randomUUID(), [deleted]),
      ].entries()) {
        waiting.push(start());
        await untilWaiting(stock.url, index + 1);
      }
    });
    expect((await Promise.all(waiting))[2]).to.equal(false);
    expect(await countersOf(deleted)).to.include({ on_hand: 0, reserved: 0 });
    expect(await countersOf(kept)).to.include({ on_hand: 5, reserved: 0 });
    await expectEqualBooks(deleted);
  });

  it('given an order that is unknown to the ledger, then its settlement changes nothing', async () => {
    const entries = await countRows(stock.url, 'stock_ledger');
    await settle(stock.first, 'order_shipped', randomUUID());
    expect(await countRows(stock.url, 'stock_ledger')).to.equal(entries);
  });

  it('given units on backorder, then shipping them keeps on_hand at 0', async () => {
    const productId = await stock.add(1, { backorderLimit: 2 });
    const orders = [randomUUID(), randomUUID(), randomUUID()];
    for (const orderId of orders) expect(await place(stock.first, orderId, [productId])).to.equal(true);
    expect(await place(stock.first, randomUUID(), [productId])).to.equal(false);
    await settle(stock.first, 'order_shipped', ...orders);
    expect(await countersOf(productId)).to.include({ on_hand: 0, reserved: 0 });
    await expectEqualBooks(productId);
  });

  it('given stock that another transaction has locked, then it is skipped without waiting, and named; absent stock is not', async () => {
    const [locked, free, without] = [await stock.add(1), await stock.add(2), randomUUID()];
    await stock.second.transaction(async (other) => {
      await lockStock(other, [locked]);
      const { levels, lockedElsewhere } = await stock.first.transaction((tx) =>
        lockStock(tx, [without, free, locked], { skipLocked: true }),
      );
      expect([...levels.keys()]).to.deep.equal([free]);
      expect(levels.get(free)).to.deep.include({ productId: free, owner: 'shop', onHand: 2, reserved: 0 });
      expect([...lockedElsewhere]).to.deep.equal([locked]);
    });
    const all = await stock.first.transaction((tx) => lockStock(tx, [without, free, locked]));
    expect([...all.keys()]).to.deep.equal([locked, free].sort());
    expect(await stock.first.transaction((tx) => lockStock(tx, []))).to.deep.equal(new Map());
  });

  it('given changes that would break a limit, then the database refuses them, and nothing is written', async () => {
    const productId = await stock.add(1);
    const before = await countersOf(productId);
    const oversold = change(stock.first, [
      { productId, cause: 'order_placed', onHand: 0, reserved: 2, orderId: randomUUID() },
    ]);
    expect(await oversold.catch((error: { code: string }) => error.code)).to.equal('23514');
    expect(await countersOf(productId)).to.deep.equal(before);
    await expectEqualBooks(productId);
  });

  it('given changes of an order that are repeated, then the ledger refuses them', async () => {
    const productId = await stock.add(5);
    const orderId = randomUUID();
    await place(stock.first, orderId, [productId]);
    const again = place(stock.second, orderId, [productId]);
    expect(await again.then(String, (error: { code: string }) => error.code)).to.equal('23505');
    await expectEqualBooks(productId);
  });

  it('given any number of changes of a product in a transaction, then its row is updated once', async () => {
    const [lamp, bulb] = [await stock.add(50), await stock.add(50)];
    const before = await countersOf(lamp);
    await change(
      stock.first,
      Array.from({ length: 20 }, (_, index) => ({
        productId: index % 2 === 0 ? lamp : bulb,
        cause: 'order_placed' as const,
        onHand: 0,
        reserved: 1,
        orderId: randomUUID(),
      })),
    );
    expect(await countersOf(lamp)).to.deep.equal({ on_hand: 50, reserved: 10, version: before.version + 1 });
    await expectEqualBooks(lamp);
    await expectEqualBooks(bulb);
  });
});
