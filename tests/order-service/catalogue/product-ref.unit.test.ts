import { expect } from 'chai';
import { parseProductRef } from '../../../src/order-service/catalogue/domain/product-ref';

describe('the name of a product in a path', () => {
  it('given an id, in any case, then it names the product with this id', () => {
    const productId = '01a1fc42-fc03-72fd-b531-1111a4fbee14';
    expect(parseProductRef(productId.toUpperCase(), 'shop')).to.deep.equal({ productId });
  });

  it('given sku: and a code, then it names the product of the owner with this code, also when the code looks like an id', () => {
    for (const sku of ['LAMP', 'sku:x', 'a/b', ' ', '01a1fc42-fc03-72fd-b531-1111a4fbee14', '😀'.repeat(100)])
      expect(parseProductRef(`sku:${sku}`, 'shop')).to.deep.equal({ owner: 'shop', sku });
  });

  it('given any other text, then it names no product', () => {
    for (const text of ['', 'sku:', 'SKU:a', 'LAMP', `sku:${'x'.repeat(101)}`, 'sku:\u0000', 'sku:\ud800'])
      expect(parseProductRef(text, 'shop'), text).to.equal(null);
  });
});
