import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { bearerClient, type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { limitHere } from '../../support/machine-speed';
import { silentLogger, startServicePair, type ServicePair } from '../../support/service-pair';

describe('the shipment of an order', () => {
  let asked = 0;
  const unresponsive = createServer(() => (asked += 1));
  let pair: ServicePair;
  let instance: OrderService;
  let shop: ApiClient;
  let cutOff: ApiClient;
  let shippedId: string;
  let newId: string;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    await new Promise<void>((resolve) => unresponsive.listen(0, '127.0.0.1', resolve));
    shop = await pair.client();
    const operator = await pair.client('demo-operator');
    shippedId = (await shop.post('/orders', orderBody())).body.order_id as string;
    await eventually(async () =>
      expect((await operator.put(`/orders/${shippedId}/status`, { status: 'SHIPPED' })).status).to.equal(200),
    );
    newId = (await shop.post('/orders', orderBody())).body.order_id as string;
    instance = composeOrderService(
      readOrderServiceConfig({
        ...pair.environment,
        ORDER_SERVICE_PORT: '0',
        DELIVERY_SERVICE_URL: `http://127.0.0.1:${(unresponsive.address() as AddressInfo).port}`,
      }),
      { logger: silentLogger },
    );
    await startService(instance);
    cutOff = bearerClient(`http://127.0.0.1:${instance.http.port()}`, operator.token);
  });
  after(async () => {
    unresponsive.closeAllConnections();
    unresponsive.close();
    await stopService(instance);
    await pair.stop();
  });

  it('given the Delivery Service answers, then its answer is shown; for another shop the order is not found', async () => {
    const { body } = await shop.get(`/orders/${shippedId}/shipment`);
    expect(body).to.include({ order_id: shippedId, status: 'SHIPPED', version: 2, stale: false });
    const other = await pair.client('demo-other');
    expect((await other.get(`/orders/${shippedId}/shipment`)).status).to.equal(404);
  });

  it('given the Delivery Service hangs, then any instance shows the last known state within 3 s, at once when the circuit breaker is open, and refuses steps', async () => {
    const live = (await shop.get(`/orders/${shippedId}/shipment`)).body;
    const limitMs = await limitHere(3_000, () => shop.get(`/orders/${shippedId}/shipment`));
    const startedAt = performance.now();
    const [stale, unknown, step] = await Promise.all([
      cutOff.get(`/orders/${shippedId}/shipment`),
      cutOff.get(`/orders/${newId}/shipment`),
      cutOff.put(`/orders/${newId}/status`, { status: 'SHIPPED' }),
      ...[...Array(5)].map(() => cutOff.get(`/orders/${shippedId}/shipment`)),
    ]);
    expect(performance.now() - startedAt).to.be.below(limitMs);
    expect(stale!.status).to.equal(200);
    expect(stale!.body).to.deep.equal({ ...live, stale: true, as_of: stale!.body.as_of });
    expect([unknown!.status, step!.status]).to.deep.equal([503, 503]);
    expect(step!.headers.get('retry-after')).to.match(/^\d+$/);
    expect((await shop.get(`/orders/${newId}`)).body.version).to.equal(1);
    const before = asked;
    expect((await cutOff.get(`/orders/${shippedId}/shipment`)).body.stale).to.equal(true);
    expect(asked, 'requests to the Delivery Service').to.equal(before);
  });
});
