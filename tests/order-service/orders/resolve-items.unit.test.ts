import { expect } from 'chai';
import {
  type CatalogueMode,
  type CatalogueProduct,
  type RequestedItem,
  resolveItems,
} from '../../../src/order-service/orders/domain/resolve-items';
import { currency } from '../../../src/shared/contracts/money';
import { type AppError } from '../../../src/shared/errors';

const [USD, EUR] = [currency.parse('USD'), currency.parse('EUR')];

const product = (overrides: Partial<CatalogueProduct> = {}): CatalogueProduct => ({
  productId: 'id-of-lamp',
  name: 'Desk lamp',
  price: 7_990,
  currency: USD,
  isActive: true,
  ...overrides,
});

const item = (overrides: Partial<RequestedItem> = {}): RequestedItem => ({
  productId: 'lamp',
  quantity: 2,
  unitPrice: null,
  ...overrides,
});

const resolve = (
  items: readonly RequestedItem[],
  products: Record<string, CatalogueProduct>,
  mode: CatalogueMode = 'open',
) => resolveItems(items, USD, new Map(Object.entries(products)), mode);

/** The code and the path of each fault. */
function faults(...args: Parameters<typeof resolve>): (string | undefined)[][] {
  try {
    resolve(...args);
  } catch (error) {
    const { code, kind, errors } = error as AppError;
    expect([kind, code]).to.deep.equal(['unprocessable', 'catalogue_mismatch']);
    return errors!.map((fault) => [fault.code, fault.path]);
  }
  return [];
}

describe('the items of an order and the catalogue', () => {
  it('given a code of the catalogue without a price, then the item takes name and price of the product', () => {
    expect(resolve([item()], { lamp: product() })).to.deep.equal([
      {
        productId: 'lamp',
        quantity: 2,
        unitPrice: 7_990,
        catalogue: { productId: 'id-of-lamp', name: 'Desk lamp' },
      },
    ]);
  });

  it('given an open catalogue, then an item keeps the price that was sent, in any currency and also of an inactive product', () => {
    for (const lamp of [product(), product({ currency: EUR }), product({ isActive: false })]) {
      const [resolved] = resolve([item({ unitPrice: 5 })], { lamp });
      expect(resolved).to.deep.include({
        unitPrice: 5,
        catalogue: { productId: 'id-of-lamp', name: 'Desk lamp' },
      });
    }
  });

  it('given an open catalogue, then other items are free items without a name, and need a price', () => {
    expect(resolve([item({ unitPrice: 5 })], {})).to.deep.equal([
      { productId: 'lamp', quantity: 2, unitPrice: 5 },
    ]);
    expect(faults([item({ unitPrice: 5 }), item()], {})).to.deep.equal([
      ['price_required', 'items[1].unit_price'],
    ]);
  });

  it('given a product that is inactive or has a price in another currency, then an item cannot take its price', () => {
    expect(faults([item()], { lamp: product({ isActive: false }) })).to.deep.equal([
      ['inactive_product', 'items[0].product_id'],
    ]);
    expect(faults([item()], { lamp: product({ currency: EUR }) })).to.deep.equal([
      ['other_currency', 'items[0].unit_price'],
    ]);
  });

  it('given a strict catalogue, then each unknown, inactive or wrongly priced item is named', () => {
    const items = [
      item({ productId: 'unknown', unitPrice: 1 }),
      item({ productId: 'old', unitPrice: 7_990 }),
      item({ productId: 'euro', unitPrice: 7_990 }),
      item({ unitPrice: 7_991 }),
      item({ unitPrice: 7_990 }),
      item(),
    ];
    const products = {
      lamp: product(),
      old: product({ isActive: false }),
      euro: product({ currency: EUR }),
    };
    expect(faults(items, products, 'strict')).to.deep.equal([
      ['unknown_product', 'items[0].product_id'],
      ['inactive_product', 'items[1].product_id'],
      ['other_currency', 'items[2].unit_price'],
      ['wrong_price', 'items[3].unit_price'],
    ]);
    expect(resolve([item({ unitPrice: 7_990 })], products, 'strict')).to.have.length(1);
  });

  it('given a wrong price, then the message has the product and its price', () => {
    try {
      resolve([item({ unitPrice: 1 })], { lamp: product() }, 'strict');
      expect.fail('the price was accepted');
    } catch (error) {
      expect((error as AppError).errors?.[0]?.message).to.equal('lamp costs 79.9 USD');
    }
  });
});
