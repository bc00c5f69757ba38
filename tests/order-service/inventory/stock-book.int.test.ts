import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { readBooks, readLedgerBase } from '../../../src/order-service/inventory/store/stock-book-store';
import { rowsOf } from '../../support/rows';
import { change, type StockDatabase, stockDatabase } from '../../support/stock-database';

describe('the book of the stock of a product', () => {
  let stock: StockDatabase;
  before(async () => (stock = await stockDatabase()));
  after(() => stock.stop());

  const placed = (productId: string, orderId: string, reserved: number) =>
    change(stock.first, [{ productId, cause: 'order_placed', onHand: 0, reserved, orderId }]);
  const shipped = (productId: string, orderId: string, units: number) =>
    change(stock.first, [{ productId, cause: 'order_shipped', onHand: -units, reserved: -units, orderId }]);

  it('given the sum of the ledger so far, then it is equal with the later entries, and no earlier entry is read again', async () => {
    const productId = await stock.add(20);
    const [gone, held, later] = [randomUUID(), randomUUID(), randomUUID()];
    await placed(productId, gone, 3);
    await shipped(productId, gone, 3);
    await placed(productId, held, 2);
    const base = await readLedgerBase(stock.first, productId);
    expect(base.sums).to.have.length(2);
    await placed(productId, later, 5);
    await shipped(productId, held, 2);
    const [whole] = await readBooks(stock.first, [productId], []);
    expect(whole!.ledger).to.deep.equal({ onHand: 15, reserved: 5 });
    expect(await readBooks(stock.first, [productId], [], base)).to.deep.equal([whole]);
    await rowsOf(stock.url, 'DELETE FROM stock_ledger WHERE product_id = $1 AND entry_id <= $2', [
      productId,
      base.last,
    ]);
    expect(await readBooks(stock.first, [productId], [], base)).to.deep.equal([whole]);
  });

  it('given a product without entries, then the sum is empty', async () => {
    expect(await readLedgerBase(stock.first, randomUUID())).to.deep.equal({ last: '0', sums: [] });
  });
});
