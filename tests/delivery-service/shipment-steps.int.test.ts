import { expect } from 'chai';
import { bearerClient, type ApiClient } from '../support/api-client';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import { rowsOf } from '../support/rows';
import { startServicePair, type ServicePair } from '../support/service-pair';

const SHIPPING = {
  carrier: 'post',
  tracking_number: 'P-1',
  estimated_delivery: '2026-12-01T00:00:00.000Z',
};

describe('manual steps of a shipment', () => {
  let pair: ServicePair;
  let operator: ApiClient;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    operator = bearerClient(pair.deliveryUrl, (await pair.client('demo-operator')).token);
    shop = await pair.client();
  });
  after(() => pair.stop());

  async function shipment(): Promise<{ shipment_id: string; order_id: string }> {
    const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
    return eventually(async () => {
      const [found] = (await operator.get(`/shipments?order_id=${orderId}`)).body.data;
      expect(found.status).to.equal('PROCESSING');
      return found;
    });
  }

  it('given a shipment, when an operator advances it, then step, event and time of the next carrier call are stored', async () => {
    const { shipment_id: id } = await shipment();
    const moved = await operator.put(`/shipments/${id}/status`, { status: 'SHIPPED', ...SHIPPING });
    expect(moved.status).to.equal(200);
    expect(moved.headers.get('etag')).to.equal('"2"');
    expect(moved.body).to.include({ status: 'SHIPPED', version: 2, ...SHIPPING });
    const events = (await operator.get(`/shipments/${id}/events?after=1`)).body.data;
    expect(events[0].payload).to.include({ previous_status: 'PROCESSING', actor: 'demo-operator' });
    const [row] = await rowsOf<{ is_due_later: boolean }>(
      pair.environment['DELIVERY_DATABASE_URL']!,
      `SELECT next_step_at > now() + interval '50 min' AS is_due_later FROM shipments WHERE shipment_id = $1`,
      [id],
    );
    expect(row?.is_due_later).to.equal(true);
  });

  it('given new shipping data, then the status is kept; a repeat changes nothing; after a final status it is refused', async () => {
    const { shipment_id: id } = await shipment();
    const path = `/shipments/${id}/shipping`;
    expect((await operator.put(path, SHIPPING)).body).to.include({
      status: 'PROCESSING',
      version: 2,
      ...SHIPPING,
    });
    expect((await operator.put(path, SHIPPING)).body.version).to.equal(2);
    expect((await operator.put(`/shipments/${id}/status`, { status: 'CANCELLED' })).status).to.equal(200);
    const late = await operator.put(path, { ...SHIPPING, carrier: 'other' });
    expect([late.status, late.body.code, late.body.allowed]).to.deep.equal([409, 'illegal_transition', []]);
  });

  it('given an illegal step, another version, or an invalid header, then 409, 412 and 400', async () => {
    const { shipment_id: id } = await shipment();
    const path = `/shipments/${id}/status`;
    const illegal = await operator.put(path, { status: 'DELIVERED' });
    expect([illegal.status, illegal.body.allowed]).to.deep.equal([409, ['SHIPPED', 'CANCELLED']]);
    const outdated = await operator.put(path, { status: 'SHIPPED' }, { 'If-Match': '"7"' });
    expect([outdated.status, outdated.body.current_version]).to.deep.equal([412, 1]);
    expect(outdated.headers.get('etag')).to.equal('"1"');
    expect((await operator.put(path, { status: 'SHIPPED' }, { 'If-Match': '7' })).status).to.equal(400);
    expect((await operator.put(path, { status: 'LOST' })).body.errors[0].path).to.equal('status');
    expect((await operator.put(path, { status: 'SHIPPED' }, { 'If-Match': '*' })).status).to.equal(200);
    const nowhere = '0190a0a0-0000-7000-8000-000000000009';
    expect((await operator.put(`/shipments/${nowhere}/status`, { status: 'SHIPPED' })).status).to.equal(404);
  });

  it('given two operators at once, then one step is taken, with or without If-Match', async () => {
    for (const [headers, refusal] of [
      [{ 'If-Match': '"1"' }, 412],
      [{}, 409],
    ] as const) {
      const { shipment_id: id } = await shipment();
      const put = () => operator.put(`/shipments/${id}/status`, { status: 'SHIPPED' }, headers);
      const statuses = (await Promise.all([put(), put(), put()])).map(({ status }) => status);
      expect(statuses.sort()).to.deep.equal([200, refusal, refusal]);
    }
  });

  it('given a shop, then it can advance no shipment, not even its own; only the Order Service may act for others', async () => {
    const { shipment_id: id } = await shipment();
    const ofShop = bearerClient(pair.deliveryUrl, shop.token);
    expect((await ofShop.put(`/shipments/${id}/status`, { status: 'SHIPPED' })).status).to.equal(403);
    await operator.put(`/shipments/${id}/status`, { status: 'SHIPPED' }, { 'X-Actor': 'somebody' });
    const events = (await operator.get(`/shipments/${id}/events?after=1`)).body.data;
    expect(events[0].payload.actor).to.equal('demo-operator');
  });

  it('given the current version in If-None-Match, then 304 without a body', async () => {
    const { shipment_id: id } = await shipment();
    const answer = await operator.get(`/shipments/${id}`, { 'If-None-Match': 'W/"1"' });
    expect([answer.status, answer.text, answer.headers.get('etag')]).to.deep.equal([304, '', '"1"']);
    expect((await operator.get(`/shipments/${id}`, { 'If-None-Match': '"2"' })).status).to.equal(200);
  });
});
