import { expect } from 'chai';
import { bearerClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('metrics', () => {
  let pair: ServicePair;
  before(async () => (pair = await startServicePair()));
  after(() => pair.stop());

  it('given an order in delivery, then an operator can read the metrics of both services', async () => {
    const shop = await pair.client();
    await shop.post('/orders', orderBody());
    const { token } = await pair.client('demo-operator');
    await eventually(async () => {
      const [orders, delivery] = await Promise.all(
        [pair.orderUrl, pair.deliveryUrl].map((url) => bearerClient(url, token).get('/metrics')),
      );
      expect(orders!.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
      expect(valueOf(orders!.text, 'events_published_total')).to.equal(1);
      expect(valueOf(orders!.text, 'events_unpublished')).to.equal(0);
      expect(valueOf(orders!.text, 'queue_messages_total', 'outcome="handled"')).to.equal(5);
      expect(
        valueOf(
          orders!.text,
          'http_request_duration_seconds_count',
          'method="POST",route="/orders",status="201"',
        ),
      ).to.equal(1);
      expect(valueOf(orders!.text, 'process_resident_memory_bytes')).to.be.above(1_000_000);
      expect(
        valueOf(delivery!.text, 'queue_messages_total', 'queue="orders-queue.fifo",outcome="handled"'),
      ).to.equal(1);
    });
  });

  it('given no token, or a shop, then metrics are refused', async () => {
    for (const url of [pair.orderUrl, pair.deliveryUrl]) {
      expect((await send(`${url}/metrics`, 'GET')).status).to.equal(401);
      expect((await bearerClient(url, (await pair.client()).token).get('/metrics')).status).to.equal(403);
    }
  });

  it('given undeclared paths, then they share one label', async () => {
    await send(`${pair.orderUrl}/nowhere/1`, 'GET');
    await send(`${pair.orderUrl}/nowhere/2`, 'GET');
    const { text } = await (await pair.client('demo-operator')).get('/metrics');
    expect(text).not.to.contain('nowhere');
    expect(valueOf(text, 'http_request_duration_seconds_count', 'route="none",status="404"')).to.equal(2);
  });
});

/** The value of a sample by its name and some of its labels. */
function valueOf(text: string, name: string, labels = ''): number {
  const line = text.split('\n').find((one) => one.startsWith(name) && one.includes(labels)) ?? '';
  return Number(line.split(' ').at(-1) || Number.NaN);
}
