import { expect } from 'chai';
import { eventually } from '../../support/eventually';
import { rowsOf } from '../../support/rows';
import { change, type StockDatabase, stockDatabase } from '../../support/stock-database';

const CHANGES = 150;

// In a database of its own: sessions report their counts with a delay, and those of other tests must not be among them.
describe('updates of stock', () => {
  let stock: StockDatabase;
  before(async () => (stock = await stockDatabase()));
  after(() => stock.stop());

  it('given many changes of one product, then almost all updates of its row are heap-only', async () => {
    const productId = await stock.add(1_000, { threshold: 900 });
    for (let n = 0; n < CHANGES; n += 1)
      await change(stock.first, [{ productId, cause: 'adjusted', onHand: -1, reserved: 0 }]);
    await eventually(async () => {
      const [counts] = await rowsOf<{ updates: number; heap_only: number }>(
        stock.url,
        `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS heap_only FROM pg_stat_user_tables WHERE relname = 'stock'`,
      );
      expect(counts!.updates).to.be.at.least(CHANGES);
      expect(counts!.heap_only / counts!.updates).to.be.at.least(0.97);
    }, 20_000);
  });
});
