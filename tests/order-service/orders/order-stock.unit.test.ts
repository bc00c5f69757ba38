import { expect } from 'chai';
import { type OrderItem } from '../../../src/order-service/orders/domain/order';
import { needsOf, outOfStock } from '../../../src/order-service/orders/domain/order-stock';

const free: OrderItem = { productId: 'gift', quantity: 4, unitPrice: 1 };
const of = (code: string, quantity: number): OrderItem => ({
  productId: code,
  quantity,
  unitPrice: 1,
  catalogue: { productId: `id-of-${code}`, name: code },
});

describe('the stock that an order needs', () => {
  it('given several lines with one product, then they count together, and free items do not count', () => {
    const needs = needsOf({ items: [of('lamp', 2), free, of('bulb', 3), of('lamp', 5)] });
    expect(Object.fromEntries(needs)).to.deep.equal({ 'id-of-lamp': 7, 'id-of-bulb': 3 });
  });

  it('given shortages, then the error names each product, its first line and the quantities', () => {
    const error = outOfStock({ items: [free, of('lamp', 2), of('bulb', 3), of('lamp', 5)] }, [
      { productId: 'id-of-bulb', requested: 3, available: -2 },
      { productId: 'id-of-lamp', requested: 7, available: 6 },
    ]);
    expect(error).to.include({ kind: 'conflict', code: 'out_of_stock', message: 'out of stock: bulb, lamp' });
    expect(error.errors).to.deep.equal([
      { path: 'items[2]', message: 'bulb: 3 requested, 0 available' },
      { path: 'items[1]', message: 'lamp: 7 requested, 6 available' },
    ]);
  });
});
