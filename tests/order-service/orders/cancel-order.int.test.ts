import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('POST /orders/:id/cancel', () => {
  describe('given a slow carrier', () => {
    let pair: ServicePair;
    let client: ApiClient;
    before(async () => {
      pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '60000' } });
      client = await pair.client();
    });
    after(() => pair.stop());

    it('when an order is cancelled, then 202, and the Delivery Service confirms it', async () => {
      const { body: order } = await client.post('/orders', orderBody());
      const answer = await client.post(`/orders/${order.order_id}/cancel`);
      expect(answer.status).to.equal(202);
      expect(answer.body).to.include({ status: 'PENDING_SHIPMENT', cancellation: 'requested', version: 2 });
      expect(answer.headers.get('etag')).to.equal('"2"');
      await eventually(async () => {
        const { body } = await client.get(`/orders/${order.order_id}`);
        expect(body).to.include({ status: 'CANCELLED', cancellation: 'confirmed', version: 3 });
      });
    });

    it('when an operator cancels the order of a client, then the client stays the owner in both logs, and the operator is the actor', async () => {
      const { body: order } = await client.post('/orders', orderBody({ metadata: { note: 'n' } }));
      const operator = await pair.client('demo-operator');
      expect((await operator.post(`/orders/${order.order_id}/cancel`)).status).to.equal(202);
      await eventually(async () => {
        const { body } = await client.get(`/orders/${order.order_id}`);
        expect(body).to.include({ status: 'CANCELLED' });
      });
      const sql =
        'SELECT type, owner, actor, subject_type FROM events WHERE subject_id = $1 ORDER BY version';
      const subject_type = 'order';
      const owner = 'demo-client';
      expect(await rowsOf(pair.environment['ORDER_DATABASE_URL']!, sql, [order.order_id])).to.deep.equal([
        { type: 'ORDER_CREATED', owner, actor: 'demo-client', subject_type },
        { type: 'ORDER_CANCEL_REQUESTED', owner, actor: 'demo-operator', subject_type },
        { type: 'ORDER_STATUS_CHANGED', owner, actor: 'delivery-service', subject_type },
      ]);
      const ofDelivery = await rowsOf(pair.environment['DELIVERY_DATABASE_URL']!, sql, [order.order_id]);
      expect(ofDelivery).to.have.length(2);
      for (const event of ofDelivery) expect(event).to.include({ owner, subject_type });
    });

    it('when it is cancelled ten times at once, then one cancellation request is recorded', async () => {
      const { body: order } = await client.post('/orders', orderBody());
      const answers = await Promise.all(
        [...Array(10)].map(() => client.post(`/orders/${order.order_id}/cancel`)),
      );
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]));
      const { body } = await client.get(`/orders/${order.order_id}/timeline`);
      const wishes = body.data.filter((event: { type: string }) => event.type === 'ORDER_CANCEL_REQUESTED');
      expect(wishes).to.have.length(1);
    });
  });

  describe('given a carrier that delivers the shipment', () => {
    let pair: ServicePair;
    let client: ApiClient;
    before(async () => {
      pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '0' } });
      client = await pair.client();
    });
    after(() => pair.stop());

    it('when the order is delivered, then cancelling it is a conflict that names the status', async () => {
      const { body: order } = await client.post('/orders', orderBody());
      await eventually(async () => {
        expect((await client.get(`/orders/${order.order_id}`)).body.status).to.equal('DELIVERED');
      });
      const answer = await client.post(`/orders/${order.order_id}/cancel`);
      expect([answer.status, answer.body.code]).to.deep.equal([409, 'illegal_transition']);
      expect(answer.body.detail).to.contain('DELIVERED');
    });
  });
});
