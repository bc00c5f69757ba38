import { expect } from 'chai';
import { seededRandom } from '../random';
import { planPurchase, unitsOf } from './purchases';
import { type Good } from './stock-history';

const good = (sku: string): Good => ({
  client: 'shop',
  sku,
  productId: `id of ${sku}`,
  onHand: 5,
  backorderLimit: 0,
});
const GOODS = ['desk', 'chair'].map(good);

describe('the purchases of a chaos run', () => {
  it('given two lines of one product, then they count together, and free items do not count', () => {
    const items = [
      { product_id: 'desk', quantity: 1 },
      { product_id: 'lamp', quantity: 9, unit_price: 1 },
      { product_id: 'desk', quantity: 2 },
      { product_id: 'chair', quantity: 1 },
    ];
    expect([...unitsOf({ items, cart: null }, GOODS)]).to.deep.equal([
      ['id of desk', 3],
      ['id of chair', 1],
    ]);
  });

  it('given a seed, then the purchases are the same, and there are some of every kind', () => {
    const purchasesOf = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 200 }, () => planPurchase(GOODS, random));
    };
    const purchases = purchasesOf(1);
    expect(purchasesOf(1)).to.deep.equal(purchases);
    const decisions = ['extend-and-order', 'leave', 'none', 'order', 'release'];
    expect([...new Set(purchases.map(({ cart }) => cart?.then ?? 'none'))].sort()).to.deep.equal(decisions);
    expect(purchases.filter((purchase) => unitsOf(purchase, GOODS).size === 0)).to.have.length.within(30, 90);
  });

  it('given a shop without products, then its customers buy free items', () => {
    const { items, cart } = planPurchase([], seededRandom(1));
    expect(items.every(({ unit_price: price }) => price !== undefined) && cart === null).to.equal(true);
  });
});
