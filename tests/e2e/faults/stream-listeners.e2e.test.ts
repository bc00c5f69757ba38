import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { type StreamedEvent, streamOrderEvents } from '../../../client/order-events';
import { startTcpProxy, type TcpProxy } from '../../chaos/tcp-proxy';
import { apiClient, type ApiClient } from '../../support/api-client';
import { SHORT_LEASES, testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { placeOrders } from '../../support/guarantees';
import { listen } from '../../support/event-listener';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

const LISTENERS = Number(process.env['STREAM_LISTENERS'] ?? 200);
const ORDERS_EACH = 2;

describe('listeners of instances that die', function () {
  this.timeout(240_000);
  let instances: [ServiceProcess, ServiceProcess];
  let delivery: ServiceProcess;
  let balancer: TcpProxy;
  let url: string;
  let shop: ApiClient;
  before(async () => {
    const environment = await testEnvironment({
      ...SHORT_LEASES,
      MAX_CONNECTIONS_PER_ADDRESS: '0',
      STREAMS_PER_CLIENT: '10000',
      SIMULATED_STEP_MS: '2000',
      LOG_LEVEL: 'error',
    });
    instances = [
      await serviceProcess('order-service', environment),
      await serviceProcess('order-service', environment),
    ];
    delivery = await serviceProcess('delivery-service', environment);
    balancer = await startTcpProxy(instances.map((instance) => Number(new URL(instance.url).port)));
    url = `http://127.0.0.1:${balancer.port}`;
    environment['ORDER_SERVICE_URL'] = url;
    environment['DELIVERY_SERVICE_URL'] = delivery.url;
    await Promise.all(instances.map((instance) => instance.start()));
    shop = await apiClient(url, 'demo-client');
  });
  after(async () => {
    await Promise.all([...instances, delivery].map((service) => service.kill('SIGKILL')));
    await balancer.stop();
  });

  it(`given ${LISTENERS} listeners with ${ORDERS_EACH} orders each, when each instance is killed once, then every listener receives every version once, in order`, async () => {
    const orderIds = await placeOrders([shop], LISTENERS * ORDERS_EACH);
    const begun = new Set<string>();
    let interruptions = 0;
    const listeners = orderIds.map(async (orderId) => {
      const received: StreamedEvent[] = [];
      for await (const streamed of streamOrderEvents({
        baseUrl: url,
        token: () => Promise.resolve(shop.token),
        orderId,
        onReconnect: () => void (interruptions += 1),
      })) {
        begun.add(orderId);
        received.push(streamed);
      }
      return received;
    });
    const finished = Promise.all(listeners);
    await eventually(() => expect(begun.size).to.equal(orderIds.length), 60_000);
    // The orders move only now, while instances are missing.
    await delivery.start();
    for (const instance of instances) {
      await instance.kill('SIGKILL');
      await instance.start();
    }
    for (const [index, received] of (await finished).entries()) {
      const versions = received.map(({ event }) => event.version);
      expect(versions).to.deep.equal([1, 2, 3, 4, 5]);
      expect(received.every(({ event }) => event.order_id === orderIds[index])).to.equal(true);
      expect(received.at(-1)!.event.data.order.status).to.equal('DELIVERED');
    }
    expect(interruptions).to.be.at.least(orderIds.length);
  });

  it('given open streams, one of which is not read, when an instance gets SIGTERM, then it ends them and exits cleanly and soon', async () => {
    const [instance] = instances;
    const read = await listen(`${instance.url}/orders/events`, shop.token);
    const unread = connect(Number(new URL(instance.url).port), '127.0.0.1');
    unread.pause().on('error', () => undefined);
    unread.write(`GET /orders/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop.token}\r\n\r\n`);
    const operator = await apiClient(instance.url, 'demo-operator');
    await eventually(async () =>
      expect((await operator.get('/metrics')).text).to.match(/^streams_open{[^}]*} 2$/m),
    );
    const startedAt = performance.now();
    await instance.kill('SIGTERM');
    expect(await instance.exitCode()).to.equal(0);
    expect(performance.now() - startedAt).to.be.below(9_000);
    await read.untilEnded();
    expect(read.messages.at(-1)!.name).to.equal('server_stopping');
    unread.resume();
    if (!unread.closed) await once(unread, 'close');
    await instance.start();
  });
});
