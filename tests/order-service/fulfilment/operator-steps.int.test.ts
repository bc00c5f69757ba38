import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const SHIPPING = {
  carrier: 'post',
  tracking_number: 'P-1',
  estimated_delivery: '2026-12-01T00:00:00.000Z',
};

describe("an operator's steps", () => {
  let pair: ServicePair;
  let operator: ApiClient;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    operator = await pair.client('demo-operator');
    shop = await pair.client();
  });
  after(() => pair.stop());

  async function acceptedOrder(): Promise<string> {
    const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
    await eventually(async () =>
      expect((await shop.get(`/orders/${orderId}/shipment`)).body.status).to.equal('PROCESSING'),
    );
    return orderId as string;
  }

  it('given an accepted order, when an operator ships it, then the answer is the shipped order, and both event logs name the operator', async () => {
    const id = await acceptedOrder();
    const headers = { 'X-Correlation-Id': `by-hand-${id}`, 'If-Match': '"1"' };
    const shipped = await operator.put(`/orders/${id}/status`, { status: 'SHIPPED', ...SHIPPING }, headers);
    expect(shipped.status).to.equal(200);
    expect(shipped.headers.get('etag')).to.equal('"2"');
    expect(shipped.body).to.deep.include({ status: 'SHIPPED', version: 2, shipping: SHIPPING });
    for (const url of [pair.environment['ORDER_DATABASE_URL']!, pair.environment['DELIVERY_DATABASE_URL']!]) {
      const sql = 'SELECT actor, correlation_id FROM events WHERE order_id = $1 AND version = 2';
      expect(await rowsOf(url, sql, [id])).to.deep.equal([
        { actor: 'demo-operator', correlation_id: `by-hand-${id}` },
      ]);
    }
  });

  it('given new shipping data, before and after SHIPPED, then only the shipping changes', async () => {
    const id = await acceptedOrder();
    const first = await operator.put(`/orders/${id}/shipping`, SHIPPING);
    expect(first.body).to.deep.include({ status: 'PENDING_SHIPMENT', version: 2, shipping: SHIPPING });
    expect((await operator.put(`/orders/${id}/shipping`, SHIPPING)).body.version).to.equal(2);
    await operator.put(`/orders/${id}/status`, { status: 'SHIPPED' });
    const other = { ...SHIPPING, carrier: 'other' };
    expect((await operator.put(`/orders/${id}/shipping`, other)).body).to.deep.include({
      status: 'SHIPPED',
      version: 4,
      shipping: other,
    });
    const entries = (await shop.get(`/orders/${id}/timeline`)).body.data;
    expect(entries.map(({ type }: { type: string }) => type)).to.deep.equal([
      'ORDER_CREATED',
      'ORDER_SHIPPING_CHANGED',
      'ORDER_STATUS_CHANGED',
      'ORDER_SHIPPING_CHANGED',
    ]);
  });

  it('given an illegal step, another version, or invalid input, then 409 with the allowed steps, 412 and 400', async () => {
    const id = await acceptedOrder();
    const path = `/orders/${id}/status`;
    const illegal = await operator.put(path, { status: 'DELIVERED' });
    expect([illegal.status, illegal.body.code]).to.deep.equal([409, 'illegal_transition']);
    expect(illegal.body.allowed).to.deep.equal(['SHIPPED', 'CANCELLED']);
    expect(illegal.body.detail).to.contain('PENDING_SHIPMENT cannot become DELIVERED');
    const outdated = await operator.put(path, { status: 'SHIPPED' }, { 'If-Match': '"9"' });
    expect([outdated.status, outdated.body.current_version]).to.deep.equal([412, 1]);
    expect((await operator.put(path, { status: 'SHIPPED' }, { 'If-Match': 'x' })).status).to.equal(400);
    expect((await operator.put(path, { status: 'PROCESSING' })).status).to.equal(400);
    expect((await operator.put(path, { status: 'CANCELLED' })).body.status).to.equal('CANCELLED');
    expect((await operator.put(`/orders/${id}/shipping`, SHIPPING)).status).to.equal(409);
  });

  it('given two operators at once, then one succeeds and the other gets an error', async () => {
    for (const [headers, refusal] of [
      [{ 'If-Match': '"1"' }, 412],
      [{}, 409],
    ] as const) {
      const id = await acceptedOrder();
      const put = () => operator.put(`/orders/${id}/status`, { status: 'SHIPPED' }, headers);
      const statuses = (await Promise.all([put(), put()])).map(({ status }) => status);
      expect(statuses.sort()).to.deep.equal([200, refusal]);
    }
  });

  it('given a shop, another shop, or an unknown order, then 403 and 404', async () => {
    const id = await acceptedOrder();
    const other = await pair.client('demo-other');
    for (const client of [shop, other])
      expect((await client.put(`/orders/${id}/status`, { status: 'SHIPPED' })).status).to.equal(403);
    expect((await other.get(`/orders/${id}/shipment`)).body.code).to.equal('order_not_found');
    const nowhere = '0190a0a0-0000-7000-8000-000000000009';
    expect((await operator.put(`/orders/${nowhere}/shipping`, SHIPPING)).status).to.equal(404);
  });

  it('given If-None-Match and If-Match, then reading answers 304 and cancelling 412', async () => {
    const id = await acceptedOrder();
    expect((await shop.get(`/orders/${id}`, { 'If-None-Match': '"1"' })).status).to.equal(304);
    expect((await shop.get(`/orders/${id}`, { 'If-None-Match': '"2"' })).status).to.equal(200);
    const cancel = (tag: string) => shop.post(`/orders/${id}/cancel`, undefined, { 'If-Match': tag });
    expect((await cancel('"2"')).body).to.include({ status: 412, current_version: 1 });
    expect((await cancel('1')).status).to.equal(400);
    expect((await cancel('"1"')).status).to.equal(202);
  });
});

describe("an operator's steps at the same time as the carrier's", () => {
  it('given both advance the same shipments, then every order is delivered exactly once', async () => {
    const pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '20' } });
    try {
      const operator = await pair.client('demo-operator');
      const shop = await pair.client();
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1)
        ids.push((await shop.post('/orders', orderBody())).body.order_id as string);
      const push = async (id: string): Promise<void> => {
        for (const status of ['SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED']) {
          const answer = await operator.put(`/orders/${id}/status`, { status });
          expect(answer.status, answer.text).to.be.oneOf([200, 409, 503]);
        }
      };
      await Promise.all(ids.map(push));
      for (const id of ids) {
        await eventually(async () =>
          expect((await shop.get(`/orders/${id}`)).body.status).to.equal('DELIVERED'),
        );
        const entries = (await shop.get(`/orders/${id}/timeline`)).body.data;
        expect(entries.map(({ payload }: { payload: { status?: string } }) => payload.status)).to.deep.equal([
          undefined,
          'SHIPPED',
          'IN_TRANSIT',
          'OUT_FOR_DELIVERY',
          'DELIVERED',
        ]);
      }
    } finally {
      await pair.stop();
    }
  });
});
