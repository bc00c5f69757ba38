import { expect } from 'chai';
import fc from 'fast-check';
import {
  type OrderSettlement,
  type OrderStock,
  settlementChanges,
} from '../../../src/order-service/inventory/domain/settle-orders';
import { MAX_UNITS } from '../../../src/order-service/inventory/domain/stock';
import { byProduct, levelOf, ORIGIN } from '../../support/stock-levels';

const stockOf = (overrides: Partial<OrderStock> = {}): OrderStock => ({
  orderId: 'order',
  productId: 'lamp',
  reserved: 2,
  shipped: 0,
  isShipped: false,
  isReturned: false,
  ...overrides,
});

const settlement = (cause: OrderSettlement['cause'], orderId = 'order'): OrderSettlement => ({
  orderId,
  cause,
  origin: ORIGIN,
});

const deltas = (...of: Parameters<typeof settlementChanges>): [number, number][] =>
  settlementChanges(...of).map(({ onHand, reserved }) => [onHand, reserved]);

describe('the settlement of the stock of orders', () => {
  const levels = byProduct([levelOf({ onHand: 5, reserved: 3 })]);

  it('given an order that holds units, then cancelling releases them, and shipping takes them out of stock', () => {
    expect(settlementChanges(levels, [stockOf()], [settlement('order_cancelled')])).to.deep.equal([
      {
        onHand: 0,
        reserved: -2,
        productId: 'lamp',
        cause: 'order_cancelled',
        orderId: 'order',
        origin: ORIGIN,
      },
    ]);
    expect(deltas(levels, [stockOf()], [settlement('order_shipped')])).to.deep.equal([[-2, -2]]);
  });

  it('given an order that was settled, then it is skipped', () => {
    const settled = [stockOf({ reserved: 0, shipped: 2 })];
    expect(deltas(levels, settled, [settlement('order_shipped')])).to.deep.equal([]);
    expect(deltas(levels, settled, [settlement('order_cancelled')])).to.deep.equal([]);
    expect(deltas(levels, settled, [settlement('order_returned')])).to.deep.equal([[2, 0]]);
    const returned = [stockOf({ reserved: 0, shipped: 2, isReturned: true })];
    expect(deltas(levels, returned, [settlement('order_returned')])).to.deep.equal([]);
  });

  it('given an order that was shipped while the counter had drifted, then it is not shipped again', () => {
    const drifted = [stockOf({ reserved: 1, shipped: 1, isShipped: true })];
    expect(deltas(levels, drifted, [settlement('order_shipped')])).to.deep.equal([]);
  });

  it('given an order that is shipped and returned at once, then it puts back what it ships', () => {
    const both = [settlement('order_shipped'), settlement('order_returned')];
    expect(deltas(levels, [stockOf()], both)).to.deep.equal([
      [-2, -2],
      [2, 0],
    ]);
  });

  it('given an order without stock, or a product that is not stock-kept any more, then nothing changes', () => {
    expect(deltas(levels, [], [settlement('order_shipped')])).to.deep.equal([]);
    expect(
      deltas(new Map(), [stockOf({ shipped: 2, reserved: 0 })], [settlement('order_returned')]),
    ).to.deep.equal([]);
  });

  it('given units on backorder, then shipping them takes no more than is on hand', () => {
    const short = byProduct([levelOf({ onHand: 1, reserved: 4, backorderLimit: 3 })]);
    const held = [stockOf(), stockOf({ orderId: 'second' })];
    const both = [settlement('order_shipped'), settlement('order_shipped', 'second')];
    expect(deltas(short, held, both)).to.deep.equal([
      [-1, -2],
      [0, -2],
    ]);
  });

  it('given a return to full stock, then it fills it', () => {
    const full = byProduct([levelOf({ onHand: MAX_UNITS - 1 })]);
    expect(
      deltas(full, [stockOf({ reserved: 0, shipped: 2 })], [settlement('order_returned')]),
    ).to.deep.equal([[1, 0]]);
  });

  it('given any levels and orders, also drifted ones, then no counter leaves its range', () => {
    const ids = ['first', 'second', 'third'];
    const held = fc.array(
      fc
        .record({ orderId: fc.constantFrom(...ids), reserved: fc.nat(5), shipped: fc.nat(5) })
        .map((one) => stockOf(one)),
      { maxLength: 3 },
    );
    const causes = fc.constantFrom(
      'order_cancelled' as const,
      'order_shipped' as const,
      'order_returned' as const,
    );
    const settlements = fc.array(fc.tuple(causes, fc.constantFrom(...ids)), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.nat(6),
        fc.nat(6),
        held,
        settlements,
        (onHand, reserved, backorderLimit, stock, all) => {
          fc.pre(reserved <= onHand + backorderLimit);
          const level = levelOf({ onHand, reserved, backorderLimit });
          const changes = settlementChanges(
            byProduct([level]),
            stock,
            all.map(([cause, orderId]) => settlement(cause, orderId)),
          );
          let [hand, held] = [onHand, reserved];
          for (const change of changes) {
            hand += change.onHand;
            held += change.reserved;
            expect(hand).to.be.at.least(0);
            expect(held).to.be.within(0, hand + backorderLimit);
          }
        },
      ),
    );
  });
});
