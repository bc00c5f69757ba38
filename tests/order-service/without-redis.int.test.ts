import { expect } from 'chai';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import { send } from '../support/api-client';
import { startServicePair, type ServicePair } from '../support/service-pair';

describe('services without Redis', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({
      variables: { REDIS_URL: '', INSTANCE_ID: 'copy-1', RATE_LIMIT_PER_MINUTE: '40' },
    });
  });
  after(() => pair.stop());

  it('given both services, then each is healthy, shows its instance id, and reports no component redis', async () => {
    for (const url of [pair.orderUrl, pair.deliveryUrl]) {
      const { status, body } = await send(`${url}/health`, 'GET');
      expect([status, body.status, body.instance_id]).to.deep.equal([200, 'up', 'copy-1']);
      expect(Object.keys(body.components as object))
        .to.include('postgres')
        .and.not.include('redis');
      for (const probe of ['ready', 'live'])
        expect((await send(`${url}/health/${probe}`, 'GET')).body.instance_id).to.equal('copy-1');
    }
  });

  it('given an order, when it is sent again, then the answer is the same, and it is delivered', async () => {
    const shop = await pair.client();
    const order = orderBody();
    const place = () => shop.post('/orders', order, { 'Idempotency-Key': 'once' });
    const first = await place();
    const again = await place();
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).to.deep.equal([
      201,
      201,
      'true',
    ]);
    expect(again.text).to.equal(first.text);
    await eventually(async () => {
      const { body } = await shop.get(`/orders/${first.body.order_id as string}`);
      expect(body.status).to.equal('DELIVERED');
    });
  });

  it('given more requests than the quota, then they are refused', async () => {
    const shop = await pair.client('demo-other');
    const statuses: number[] = [];
    for (let n = 0; n < 42; n += 1)
      statuses.push((await shop.get('/orders/0190a0a0-0000-7000-8000-00000000000a')).status);
    expect(statuses.at(0)).to.equal(404);
    expect(statuses.at(-1)).to.equal(429);
  });
});
