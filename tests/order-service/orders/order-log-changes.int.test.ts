import { expect } from 'chai';
import { bearerClient, send } from '../../support/api-client';
import { bearer } from '../../support/oauth';
import { gistOf, startOrderLogScene, type OrderLogScene } from '../../support/order-log-scene';
import { linesOf } from '../../support/recorded-log';

const PROBES = /^(\/v1)?\/(health|metrics|\.well-known\/jwks)/;

describe('the log of an order with manual changes', function () {
  this.timeout(60_000);
  let scene: OrderLogScene;
  before(async () => (scene = await startOrderLogScene('3600000')));
  after(() => scene.pair.stop());

  async function received(): Promise<string> {
    const orderId = await scene.place();
    await scene.untilStory(orderId, 'order-service: status applied PENDING_SHIPMENT PROCESSING');
    scene.lines.splice(0);
    return orderId;
  }

  it('given a cancellation, then both services log it with the correlation id of the request', async () => {
    const orderId = await received();
    const headers = { ...bearer(scene.shop.token), 'X-Correlation-Id': 'cancel-1' };
    await send(`${scene.pair.orderUrl}/orders/${orderId}/cancel`, 'POST', undefined, headers);
    const story = await scene.untilStory(orderId, 'order-service: status applied CANCELLED CANCELLED');
    expect(story.map(gistOf)).to.deep.equal([
      'order-service: cancellation requested PENDING_SHIPMENT',
      'order-service: event published ORDER_CANCEL_REQUESTED 2',
      'delivery-service: shipment step CANCELLED',
      'delivery-service: event published SHIPMENT_STATUS_CHANGED 2',
      'order-service: status applied CANCELLED CANCELLED',
    ]);
    expect(story.every((line) => line['correlation_id'] === 'cancel-1')).to.equal(true);
  });

  it('given steps by an operator, then their lines name the operator and have the correlation id of the request', async () => {
    const orderId = await received();
    const { token } = await scene.pair.client('demo-operator');
    const headers = { ...bearer(token), 'X-Correlation-Id': 'operator-1' };
    const shipping = {
      carrier: 'ACME',
      tracking_number: 'T-1',
      estimated_delivery: '2030-01-01T00:00:00Z',
    };
    const steps: [string, object][] = [
      ['shipping', shipping],
      ['status', { status: 'SHIPPED' }],
    ];
    for (const [path, body] of steps) {
      const answer = await send(`${scene.pair.orderUrl}/orders/${orderId}/${path}`, 'PUT', body, headers);
      expect(answer.status, answer.text).to.equal(200);
    }
    const story = linesOf(scene.lines, orderId).filter((line) => line.message !== 'event published');
    expect(story.map(gistOf)).to.deep.equal([
      'delivery-service: shipping changed PROCESSING',
      'order-service: shipping applied PENDING_SHIPMENT PROCESSING',
      'delivery-service: shipment step SHIPPED',
      'order-service: status applied SHIPPED SHIPPED',
    ]);
    for (const line of story)
      expect(line).to.include({ actor: 'demo-operator', correlation_id: 'operator-1', carrier: 'ACME' });
    const access = scene.lines.filter(
      (line) => line.message === 'request' && line.service === 'delivery-service',
    );
    const changes = access.filter((line) => line['method'] === 'PUT');
    expect(changes.map((line) => line['order_id'])).to.deep.equal([orderId, orderId]);
  });

  it('given a cancellation that is too late, then both services log its refusal', async () => {
    const orderId = await received();
    const { token } = await scene.pair.client('demo-operator');
    const step = { status: 'SHIPPED' };
    await send(`${scene.pair.orderUrl}/orders/${orderId}/status`, 'PUT', step, bearer(token));
    scene.lines.splice(0);
    await scene.sendOfOrder(orderId, 'ORDER_CANCEL_REQUESTED');
    const story = await scene.untilStory(orderId, 'order-service: cancellation refused SHIPPED SHIPPED');
    expect(story.filter((line) => line['correlation_id'] === 'sent-1').map(gistOf)).to.deep.equal([
      'delivery-service: cancellation refused SHIPPED',
      'delivery-service: event published SHIPMENT_CANCEL_REFUSED 3',
      'order-service: cancellation refused SHIPPED SHIPPED',
    ]);
  });

  it('given key sets, health and metrics, then their requests are at debug, unless they are refused', async () => {
    scene.lines.splice(0);
    const { token } = await scene.pair.client('demo-operator');
    for (const origin of [scene.pair.orderUrl, scene.pair.deliveryUrl])
      for (const path of ['/health', '/health/live', '/health/ready', '/v1/health', '/metrics'])
        expect((await bearerClient(origin, token).get(path)).status).to.equal(200);
    await fetch(`${scene.pair.orderUrl}/.well-known/jwks.json`);
    await fetch(`${scene.pair.orderUrl}/health/live`, { method: 'POST' });
    await fetch(`${scene.pair.orderUrl}/healthy`);
    const requests = scene.lines.filter(
      ({ message, path }) => message === 'request' && PROBES.test(String(path)),
    );
    const atInfo = requests.filter(({ level }) => level === 'info');
    expect(requests.filter(({ level }) => level === 'debug').length).to.be.at.least(11);
    expect(atInfo.map(({ method, path, status }) => [method, path, status])).to.deep.equal([
      ['POST', '/health/live', 405],
      ['GET', '/healthy', 404],
    ]);
  });
});
