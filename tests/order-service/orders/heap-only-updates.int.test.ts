import { expect } from 'chai';
import { orderBody } from '../../support/factories';
import { eventually } from '../../support/eventually';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const ORDERS = 300;

describe('changes of the status of an order', () => {
  let pair: ServicePair;
  before(
    async () =>
      (pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '0', SIMULATED_FAILURE_RATE: '0' } })),
  );
  after(() => pair.stop());

  it('given orders on their whole way, then at least 90 % of the updates of orders are heap-only', async () => {
    const client = await pair.client();
    const url = pair.environment['ORDER_DATABASE_URL']!;
    for (let placed = 0; placed < ORDERS; placed += 20)
      await Promise.all(Array.from({ length: 20 }, () => client.post('/orders', orderBody())));
    await eventually(async () => {
      const delivered = await countRows(url, 'orders', "status = 'DELIVERED'");
      if (delivered < ORDERS) throw new Error(`${delivered} of ${ORDERS} orders are delivered`);
    }, 60_000);
    // Sessions report their counts with a delay.
    await eventually(async () => {
      const [counts] = await rowsOf<{ updates: number; heap_only: number }>(
        url,
        `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS heap_only FROM pg_stat_user_tables WHERE relname = 'orders'`,
      );
      expect(counts!.updates).to.be.at.least(ORDERS);
      expect(counts!.heap_only / counts!.updates).to.be.at.least(0.9);
    }, 20_000);
  });
});
