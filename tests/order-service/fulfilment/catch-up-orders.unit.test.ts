import { expect } from 'chai';
import { type ApplyOutcome } from '../../../src/order-service/orders/use-cases/apply-shipment-status';
import { emptyReport } from '../../../src/order-service/fulfilment/use-cases/comparison-report';
import {
  type OrderBehind,
  catchUpOrders,
} from '../../../src/order-service/fulfilment/use-cases/catch-up-orders';
import { originOf } from '../../../src/shared/event-log/event';

describe('orders that follow their shipments', () => {
  /** The orders that are reported as caught up when applying the messages has these outcomes. */
  async function caughtUp(...outcomes: ApplyOutcome[]): Promise<string[]> {
    const waiting = [...outcomes];
    const deps = {
      deliveryService: { get: () => Promise.resolve({ data: outcomes.map(() => ({})) }) },
      applyShipmentStatus: () => Promise.resolve(waiting.shift()),
    };
    const follower = { order: { orderId: 'a', shipmentVersion: 1 }, shipment: {}, verdict: 'behind' };
    const report = emptyReport(1);
    const unreached = await catchUpOrders(
      deps as unknown as Parameters<typeof catchUpOrders>[0],
      [follower as OrderBehind],
      originOf('order-reconciler'),
      undefined,
      report,
    );
    expect([unreached, report.failed]).to.deep.equal([[], []]);
    return report.caughtUp;
  }

  it('given a missing message that is applied, then the order is reported as caught up', async () => {
    expect(await caughtUp('next')).to.deep.equal(['a']);
    expect(await caughtUp('seen', 'next')).to.deep.equal(['a']);
  });

  it('given messages that the queue delivered in the meantime, then no repair is reported', async () => {
    expect(await caughtUp('seen', 'seen')).to.deep.equal([]);
    expect(await caughtUp()).to.deep.equal([]);
  });
});
