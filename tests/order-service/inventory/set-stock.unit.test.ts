import { expect } from 'chai';
import {
  removeStock,
  setStock,
  type StockOrder,
} from '../../../src/order-service/inventory/domain/set-stock';
import { MAX_UNITS } from '../../../src/order-service/inventory/domain/stock';
import { type AppError } from '../../../src/shared/errors';
import { levelOf, ORIGIN } from '../../support/stock-levels';

const KEPT = { lowStockThreshold: undefined, backorderLimit: undefined };
const level = levelOf({ onHand: 5, reserved: 3, lowStockThreshold: 2, backorderLimit: 1 });

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as AppError).code;
  }
}

const set = (order: StockOrder) => setStock(level, order, ORIGIN);

describe('a request to change stock', () => {
  it('given a number of units, then the change is the difference; absent settings stay', () => {
    expect(set({ ...KEPT, onHand: 9 })).to.deep.equal({
      productId: 'lamp',
      cause: 'set',
      onHand: 4,
      reserved: 0,
      settings: { lowStockThreshold: 2, backorderLimit: 1 },
      origin: ORIGIN,
    });
    const adjusted = set({ lowStockThreshold: null, backorderLimit: 7, adjust: -2, reason: 'broken' });
    expect(adjusted).to.deep.include({
      cause: 'adjusted',
      onHand: -2,
      reason: 'broken',
      settings: { lowStockThreshold: null, backorderLimit: 7 },
    });
  });

  it('given fewer units than are reserved beyond the backorder limit, or than none, then it is refused', () => {
    expect(codeOf(() => set({ ...KEPT, onHand: 2 }))).to.equal('none');
    expect(codeOf(() => set({ ...KEPT, onHand: 1 }))).to.equal('stock_below_reserved');
    expect(codeOf(() => set({ ...KEPT, adjust: -4, reason: 'x' }))).to.equal('stock_below_reserved');
    expect(codeOf(() => set({ ...KEPT, backorderLimit: 3, onHand: 0 }))).to.equal('none');
    expect(codeOf(() => set({ ...KEPT, backorderLimit: 9, adjust: -6, reason: 'x' }))).to.equal(
      'stock_below_reserved',
    );
  });

  it('given a lower backorder limit than is used, then it is refused', () => {
    const used = levelOf({ onHand: 1, reserved: 3, backorderLimit: 2 });
    const order = { ...KEPT, backorderLimit: 1, adjust: 0, reason: 'x' };
    expect(codeOf(() => setStock(used, order, ORIGIN))).to.equal('stock_below_reserved');
  });

  it('given more units than the maximum, then it is refused', () => {
    const adjust = (units: number) => codeOf(() => set({ ...KEPT, adjust: units, reason: 'x' }));
    expect([adjust(MAX_UNITS - 5), adjust(MAX_UNITS - 4)]).to.deep.equal(['none', 'validation_failed']);
  });

  it('given reserved units, then stock keeping cannot end; else the units on hand leave the ledger', () => {
    expect(codeOf(() => removeStock(level, ORIGIN))).to.equal('stock_below_reserved');
    expect(removeStock(levelOf({ onHand: 4 }), ORIGIN)).to.include({
      cause: 'removed',
      onHand: -4,
      reserved: 0,
    });
  });
});
