import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { allocate } from '../../../src/order-service/inventory/domain/allocate';
import { setStock } from '../../../src/order-service/inventory/domain/set-stock';
import { type StockLevel } from '../../../src/order-service/inventory/domain/stock';
import { lockStock } from '../../../src/order-service/inventory/use-cases/lock-stock';
import { type OrderSettlement } from '../../../src/order-service/inventory/domain/settle-orders';
import { settleOrderStock } from '../../../src/order-service/inventory/use-cases/settle-order-stock';
import { writeStock } from '../../../src/order-service/inventory/use-cases/write-stock';
import { type AppError } from '../../../src/shared/errors';
import { originOf } from '../../../src/shared/event-log/event';
import { type Transaction } from '../../../src/shared/postgres/queryable';
import { rowsOf } from '../../support/rows';
import { type StockDatabase, stockDatabase } from '../../support/stock-database';

const ORIGIN = originOf('shop');

/** What should be in the database after some steps, without any of the code under test. */
interface Model {
  onHand: number;
  reserved: number;
  backorderLimit: number;
  /** The units that each order holds, or has shipped. */
  orders: Map<string, { held: number; shipped: number }>;
}

interface Run {
  model: Model;
  tx: Transaction;
  productId: string;
  level: () => Promise<StockLevel>;
}

type Step = { name: string; run: (run: Run) => Promise<void> };

const place = (units: number): Step => ({
  name: `place ${units}`,
  async run({ model, tx, productId, level }) {
    const levels = new Map([[productId, await level()]]);
    const [shortages] = allocate(levels, [{ needs: new Map([[productId, units]]) }]);
    const isPossible = model.reserved + units <= model.onHand + model.backorderLimit;
    expect(shortages === null).to.equal(isPossible);
    if (shortages) return;
    const orderId = randomUUID();
    writeStock(
      tx,
      levels,
      [{ productId, cause: 'order_placed', onHand: 0, reserved: units, orderId, origin: ORIGIN }],
      new Date(),
    );
    model.reserved += units;
    model.orders.set(orderId, { held: units, shipped: 0 });
  },
});

const settle = (cause: OrderSettlement['cause'], nth: number): Step => ({
  name: `${cause} ${nth}`,
  async run({ model, tx }) {
    const ids = [...model.orders.keys()];
    const orderId = ids[nth % Math.max(1, ids.length)];
    const order = orderId === undefined ? undefined : model.orders.get(orderId);
    if (!order || orderId === undefined) return;
    await settleOrderStock(tx, [{ orderId, cause, origin: ORIGIN }], new Date());
    if (cause === 'order_returned') {
      model.onHand += order.shipped;
      order.shipped = 0;
      return;
    }
    model.reserved -= order.held;
    if (cause === 'order_shipped' && order.held > 0) {
      model.onHand -= Math.min(order.held, model.onHand);
      order.shipped = order.held;
    }
    order.held = 0;
  },
});

const set = (change: { onHand: number } | { adjust: number }, backorderLimit: number): Step => ({
  name: `${JSON.stringify(change)} with ${backorderLimit} on backorder`,
  async run({ model, tx, productId, level }) {
    const current = await level();
    const onHand = 'onHand' in change ? change.onHand : model.onHand + change.adjust;
    const isPossible = onHand >= 0 && model.reserved <= onHand + backorderLimit;
    const order = { ...change, reason: 'test', lowStockThreshold: undefined, backorderLimit };
    let changed: ReturnType<typeof setStock> | null = null;
    try {
      changed = setStock(current, order, ORIGIN);
    } catch (error) {
      expect((error as AppError).code).to.equal('stock_below_reserved');
    }
    expect(changed !== null).to.equal(isPossible);
    if (!changed) return;
    writeStock(tx, new Map([[productId, current]]), [changed], new Date());
    Object.assign(model, { onHand, backorderLimit });
  },
});

const units = fc.integer({ min: 1, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  units.map(place),
  fc
    .tuple(
      fc.constantFrom<OrderSettlement['cause'][]>('order_cancelled', 'order_shipped', 'order_returned'),
      fc.nat(5),
    )
    .map(([cause, nth]) => settle(cause, nth)),
  fc.tuple(fc.nat(9), fc.nat(2)).map(([onHand, limit]) => set({ onHand }, limit)),
  fc.tuple(fc.integer({ min: -4, max: 6 }), fc.nat(2)).map(([adjust, limit]) => set({ adjust }, limit)),
);

describe('the ledger of stock', () => {
  let stock: StockDatabase;
  before(async () => (stock = await stockDatabase()));
  after(() => stock.stop());

  it('given any steps, then counters, ledger and last event are what a model says, after each of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const productId = await stock.add(3);
        const model: Model = { onHand: 3, reserved: 0, backorderLimit: 0, orders: new Map() };
        // One transaction for all steps: each of them sees the rows of the former, and the disk is written once.
        await stock.first.transaction(async (tx) => {
          const level = async () => (await lockStock(tx, [productId])).get(productId)!;
          for (const { run } of steps) {
            await run({ model, tx, productId, level });
            const after = await level();
            expect([after.onHand, after.reserved]).to.deep.equal([model.onHand, model.reserved]);
          }
        });
        const [books] = await rowsOf<{ on_hand: number; reserved: number; version: number; events: number }>(
          stock.url,
          `SELECT sum(delta_on_hand)::int AS on_hand, sum(delta_reserved)::int AS reserved, max(s.version) AS version,
                  (SELECT count(*)::int FROM events e WHERE e.subject_id = s.stock_id) AS events
             FROM stock_ledger l JOIN stock s USING (product_id) WHERE product_id = $1 GROUP BY s.stock_id`,
          [productId],
        );
        expect([books!.on_hand, books!.reserved]).to.deep.equal([model.onHand, model.reserved]);
        expect(books!.events).to.equal(books!.version);
      }),
      { numRuns: 60 },
    );
  });
});
