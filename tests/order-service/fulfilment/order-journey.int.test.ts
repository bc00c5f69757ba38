import { expect } from 'chai';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('the path of an order', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair();
  });
  after(() => pair.stop());

  it('given both services, when an order is placed, then it reaches DELIVERED through every status', async () => {
    const client = await pair.client();
    const placed = await client.post('/orders', orderBody(), { 'X-Correlation-Id': 'journey' });
    expect(placed.status).to.equal(201);
    expect(placed.body).to.include({
      status: 'PENDING_SHIPMENT',
      total_amount: 88.9,
      currency: 'USD',
      version: 1,
    });

    const path = `/orders/${placed.body.order_id}`;
    await eventually(async () => expect((await client.get(path)).body.status).to.equal('DELIVERED'));
    const { body: timeline } = await client.get(`${path}/timeline`);
    expect(timeline.data.map((event: { version: number }) => event.version)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(
      timeline.data.map((event: { payload: { status?: string } }) => event.payload.status),
    ).to.deep.equal([undefined, 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED']);
  });
});
