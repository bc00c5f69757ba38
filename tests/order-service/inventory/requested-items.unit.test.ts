import { expect } from 'chai';
import {
  itemsOf,
  needsOf,
  outOfStock,
  unsaleableItems,
} from '../../../src/order-service/inventory/domain/requested-items';
import { heldBy, isActive } from '../../../src/order-service/inventory/domain/reservation';
import { byProduct, levelOf, NOW } from '../../support/stock-levels';

const products = new Map([
  ['L-1', { productId: 'lamp', sku: 'L-1', isActive: true }],
  ['B-1', { productId: 'bulb', sku: 'B-1', isActive: true }],
  ['O-1', { productId: 'old', sku: 'O-1', isActive: false }],
]);
const item = (sku: string, quantity = 1) => ({ sku, quantity });

describe('the items of a reservation', () => {
  it('given a code twice, then its quantities count together; unknown codes need nothing', () => {
    const needs = needsOf([item('L-1', 2), item('B-1'), item('L-1', 3), item('other')], products);
    expect([...needs]).to.deep.equal([
      ['lamp', 5],
      ['bulb', 1],
    ]);
  });

  it('given products of which one is not stock-kept, then only the other holds units', () => {
    const needs = new Map([
      ['lamp', 5],
      ['bulb', 1],
    ]);
    const items = itemsOf(needs, products, byProduct([levelOf({ onHand: 9 })]));
    expect(items).to.deep.equal([
      { productId: 'bulb', sku: 'B-1', quantity: 1, isStockKept: false },
      { productId: 'lamp', sku: 'L-1', quantity: 5, isStockKept: true },
    ]);
    expect([...heldBy(items)]).to.deep.equal([['lamp', 5]]);
  });

  it('given unknown codes, then each of their items is named; given none, then there is no refusal', () => {
    expect(unsaleableItems([item('L-1')], products)).to.equal(null);
    const refusal = unsaleableItems([item('x'), item('L-1'), item('x'), item('y')], products)!;
    expect([refusal.code, refusal.message]).to.deep.equal([
      'unknown_product',
      'there is no product with this code: x, y',
    ]);
    expect(refusal.errors!.map(({ path }) => path)).to.deep.equal([
      'items[0].product_id',
      'items[2].product_id',
      'items[3].product_id',
    ]);
  });

  it('given products that are not on sale, then each of their items is named, unless codes are unknown', () => {
    const refusal = unsaleableItems([item('L-1'), item('O-1')], products)!;
    expect([refusal.code, refusal.message]).to.deep.equal(['inactive_product', 'not on sale: O-1']);
    expect(refusal.errors).to.deep.equal([{ path: 'items[1].product_id', message: 'not on sale: O-1' }]);
    expect(unsaleableItems([item('O-1'), item('x')], products)!.code).to.equal('unknown_product');
  });

  it('given a shortage, then the first item of the product is named, and never fewer than no units', () => {
    const shortages = [{ productId: 'bulb', requested: 2, available: -1 }];
    const refusal = outOfStock([item('L-1'), item('B-1'), item('B-1')], products, shortages);
    expect([refusal.code, refusal.errors]).to.deep.equal([
      'out_of_stock',
      [{ path: 'items[1]', message: 'B-1: 2 requested, 0 available' }],
    ]);
  });

  it('given the time of a reservation, then it is active until then, whatever its status is afterwards', () => {
    const expiresAt = NOW;
    const before = new Date(NOW.getTime() - 1);
    expect(isActive({ status: 'active', expiresAt }, before)).to.equal(true);
    expect(isActive({ status: 'active', expiresAt }, NOW)).to.equal(false);
    expect(isActive({ status: 'released', expiresAt }, before)).to.equal(false);
  });
});
