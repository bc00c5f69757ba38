import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { startTcpProxy, type TcpProxy } from '../../chaos/tcp-proxy';
import { type ApiClient } from '../../support/api-client';
import { type EventListener, listen } from '../../support/event-listener';
import { orderBody } from '../../support/factories';
import { testInfrastructure } from '../../support/mocha-hooks';
import { silentLogger, startServicePair, type ServicePair } from '../../support/service-pair';

describe('streams of several instances', function () {
  this.timeout(60_000);
  let link: TcpProxy;
  let pair: ServicePair;
  let other: OrderService;
  let otherUrl: string;
  let shop: ApiClient;
  const open: EventListener[] = [];
  before(async () => {
    const { redisUrl } = await testInfrastructure();
    link = await startTcpProxy([Number(new URL(redisUrl).port)]);
    const variables = { REDIS_URL: `redis://127.0.0.1:${link.port}`, SIMULATED_STEP_MS: '50' };
    pair = await startServicePair({ variables });
    const { environment, deliveryUrl } = pair;
    other = composeOrderService(
      readOrderServiceConfig({
        ...environment,
        DELIVERY_SERVICE_URL: deliveryUrl,
        ORDER_SERVICE_PORT: '0',
      }),
      { logger: silentLogger },
    );
    await startService(other);
    otherUrl = `http://127.0.0.1:${other.http.port()}`;
    shop = await pair.client();
  });
  after(async () => {
    link.heal();
    await stopService(other);
    await pair.stop();
    await link.stop();
  });
  afterEach(() => open.splice(0).forEach((listener) => listener.close()));

  const hear = async (url: string, headers = {}): Promise<EventListener> => {
    const listener = await listen(`${url}/orders/events`, shop.token, headers);
    open.push(listener);
    return listener;
  };
  const place = async (count: number): Promise<void> => {
    await Promise.all([...Array(count)].map(() => shop.post('/orders', orderBody())));
  };
  const sorted = ({ messages }: EventListener) => messages.map(({ id }) => id);

  it('given listeners at both, then both receive every event, in the same order', async () => {
    const listeners = [await hear(pair.orderUrl), await hear(otherUrl)] as const;
    await place(20);
    await Promise.all(listeners.map((listener) => listener.until(100)));
    expect(sorted(listeners[0])).to.deep.equal(sorted(listeners[1]));
  });

  it('given Redis that breaks and comes back, then both receive every event in the same order', async () => {
    const listeners = [await hear(pair.orderUrl), await hear(otherUrl)] as const;
    const start = listeners[0].lastId()!;
    link.break('black-hole');
    await place(10);
    await Promise.all(listeners.map((listener) => listener.until(50)));
    link.heal();
    link.break('reset');
    await place(10);
    await Promise.all(listeners.map((listener) => listener.until(100)));
    link.heal();
    await place(10);
    await Promise.all(listeners.map((listener) => listener.until(150)));
    expect(sorted(listeners[0])).to.deep.equal(sorted(listeners[1]));
    const resumed = await hear(otherUrl, { 'Last-Event-ID': start });
    await resumed.until(150);
    expect(sorted(resumed)).to.deep.equal(sorted(listeners[0]));
  });

  it('given an instance that is stopped, then its listeners are told when to come back, and resume at the other', async () => {
    const listener = await hear(otherUrl);
    await place(3);
    await listener.until(5);
    const startedAt = performance.now();
    await stopService(other);
    expect(performance.now() - startedAt).to.be.below(5_000);
    await listener.untilEnded();
    expect(listener.messages.at(-1)).to.deep.include({ name: 'server_stopping', id: undefined });
    expect(listener.retries).to.have.length(2);
    expect(listener.retries[1]).to.be.within(500, 5_000);
    const resumed = await hear(pair.orderUrl, { 'Last-Event-ID': listener.lastId()! });
    const before = listener.messages.length - 1;
    await resumed.until(15 - before);
    const all = [...listener.versions(), ...resumed.versions()];
    expect(new Set(all).size).to.equal(15);
    expect(all).to.have.length(15);
  });
});
