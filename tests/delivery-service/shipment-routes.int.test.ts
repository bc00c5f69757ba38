import { expect } from 'chai';
import { bearerClient, send } from '../support/api-client';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import { startServicePair, type ServicePair } from '../support/service-pair';

describe('the shipments API', () => {
  let pair: ServicePair;
  let orderId: string;
  before(async () => {
    pair = await startServicePair();
    const client = await pair.client();
    orderId = (await client.post('/orders', orderBody())).body.order_id as string;
    await eventually(async () =>
      expect((await client.get(`/orders/${orderId}`)).body.status).to.equal('DELIVERED'),
    );
  });
  after(() => pair.stop());

  const as = async (clientId: string) => bearerClient(pair.deliveryUrl, (await pair.client(clientId)).token);

  it('given an order, then its shipment can be read by order id, by its own id, and with its messages', async () => {
    const client = await as('demo-client');
    const list = await client.get(`/shipments?order_id=${orderId}`);
    expect(list.body.data).to.have.length(1);
    const [shipment] = list.body.data;
    expect(shipment).to.include({ order_id: orderId, status: 'DELIVERED', version: 5, attempts: 1 });
    const single = await client.get(`/v1/shipments/${shipment.shipment_id}`);
    expect(single.body).to.deep.equal(shipment);
    expect(single.headers.get('etag')).to.equal('"5"');
    const events = await client.get(`/shipments/${shipment.shipment_id}/events?after=3`);
    expect(events.body.data.map((event: { version: number }) => event.version)).to.deep.equal([4, 5]);
  });

  it('given another shop, then the shipment is not found; an operator can read it', async () => {
    const [shipment] = (await (await as('demo-client')).get(`/shipments?order_id=${orderId}`)).body.data;
    const other = await as('demo-other');
    expect((await other.get(`/shipments?order_id=${orderId}`)).body.data).to.deep.equal([]);
    expect((await other.get(`/shipments/${shipment.shipment_id}`)).status).to.equal(404);
    expect((await other.get(`/shipments/${shipment.shipment_id}/events`)).status).to.equal(404);
    expect((await (await as('demo-operator')).get(`/shipments/${shipment.shipment_id}`)).status).to.equal(
      200,
    );
  });

  it('given an invalid query, then 400 names the parameter', async () => {
    const client = await as('demo-client');
    for (const [query, path] of [
      ['', 'order_id'],
      ['?order_id=nope', 'order_id[0]'],
      [`?order_id=${orderId}&page=1`, 'page'],
    ] as const) {
      const answer = await client.get(`/shipments${query}`);
      expect(answer.status).to.equal(400);
      expect(answer.body.errors[0].path).to.equal(path);
    }
  });

  it('given no token or another method, then 401 and 405', async () => {
    expect((await send(`${pair.deliveryUrl}/shipments`, 'GET')).status).to.equal(401);
    expect((await (await as('demo-client')).post('/shipments', {})).status).to.equal(405);
  });

  it('given a reachable queue, then the service is healthy, and an unknown path answers a problem document', async () => {
    expect((await send(`${pair.deliveryUrl}/health`, 'GET')).body).to.include({
      status: 'up',
      service: 'delivery-service',
    });
    expect((await send(`${pair.deliveryUrl}/health/ready`, 'GET')).status).to.equal(200);
    expect((await send(`${pair.deliveryUrl}/nothing`, 'GET')).body).to.include({
      code: 'unknown_path',
      status: 404,
    });
  });
});
