import { BAD_GATEWAY } from '../../../src/shared/contracts/problem';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { shipmentStatusConsumer } from '../../../src/order-service/fulfilment/workers/shipment-status-consumer';
import { AppError, isRetryable } from '../../../src/shared/errors';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { type ServiceClient } from '../../../src/shared/resilience/service-client';
import { bearerClient, type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { envelope, statusPayload } from '../../support/messages';
import { silentLogger, startServicePair, type ServicePair } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

const SHIPPING = { carrier: 'post', tracking_number: 'P-1', estimated_delivery: '2026-12-01T00:00:00Z' };

describe('unusable answers of the Delivery Service', () => {
  let answer: [status: number, body: string] = [500, '{}'];
  let server: Server;
  let pair: ServicePair;
  let instance: OrderService;
  let shop: ApiClient;
  /** A client of an instance whose Delivery Service gives these answers. */
  let operator: ApiClient;
  before(async () => {
    server = createServer((_request, response) =>
      response.writeHead(answer[0], { 'Content-Type': 'application/json' }).end(answer[1]),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    shop = await pair.client();
    instance = composeOrderService(
      readOrderServiceConfig({
        ...pair.environment,
        ORDER_SERVICE_PORT: '0',
        DELIVERY_SERVICE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      }),
      { logger: silentLogger },
    );
    await startService(instance);
    const { token } = await pair.client('demo-operator');
    operator = bearerClient(`http://127.0.0.1:${instance.http.port()}`, token);
  });
  after(async () => {
    await stopService(instance);
    await pair.stop();
    server.closeAllConnections();
    server.close();
  });

  for (const [name, given] of [
    ['500', [500, '{}']],
    ['an unknown path', [404, '{"code":"unknown_path"}']],
    ['another shape', [200, '{"data":[{"shipment_id":1}]}']],
    ['a body that is not JSON', [200, '<html></html>']],
  ] as const)
    it(`given ${name}, then 502 without Retry-After, instead of repeated 503`, async () => {
      answer = [...given];
      const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
      for (const asked of [
        await operator.get(`/orders/${orderId}/shipment`),
        await operator.put(`/orders/${orderId}/status`, { status: 'SHIPPED' }),
        await operator.put(`/orders/${orderId}/shipping`, SHIPPING),
      ]) {
        expect([asked.status, asked.body.code]).to.deep.equal([502, 'bad_gateway']);
        expect(asked.headers.get('retry-after')).to.equal(null);
      }
    });

  it('given a shipment known from earlier messages, then it is shown as stale', async () => {
    const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
    const sound = await pair.client('demo-operator');
    await eventually(async () =>
      expect((await sound.put(`/orders/${orderId}/shipping`, SHIPPING)).status).to.equal(200),
    );
    answer = [500, '{}'];
    const stale = await operator.get(`/orders/${orderId}/shipment`);
    expect([stale.status, stale.body.stale, stale.body.tracking_number]).to.deep.equal([200, true, 'P-1']);
  });

  it('given a message that cannot be applied because of such an answer, then it fails and is not requeued for ever', async () => {
    const { handle } = shipmentStatusConsumer({
      db: undefined as never,
      logger: silentLogger,
      afterSeconds: 60,
      onUnknownOrder: () => undefined,
      applyShipmentStatus: () => Promise.resolve('ahead' as const),
      deliveryService: {
        get: () => Promise.reject(new AppError(BAD_GATEWAY, 'answered with 500')),
      } as unknown as ServiceClient,
    });
    const id = '0190a0a0-0000-7000-8000-000000000001';
    const payload = statusPayload('SHIPPED', id);
    const message = envelope({ type: 'SHIPMENT_STATUS_CHANGED', order_id: id, version: 5, payload });
    const error = await thrownBy(handle(JSON.stringify(message)));
    expect(error).to.have.property('kind', 'bad_gateway');
    expect(isRetryable(error)).to.equal(false);
  });
});
