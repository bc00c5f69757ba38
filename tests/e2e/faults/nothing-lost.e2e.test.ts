import { expect } from 'chai';
import { apiClient, type ApiClient } from '../../support/api-client';
import { createQueues, SHORT_LEASES, testEnvironment } from '../../support/environment';
import { expectDeliveredOnce, placeOrders } from '../../support/guarantees';
import { testInfrastructure } from '../../support/mocha-hooks';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';
import { countRows } from '../../support/rows';

/** Real processes, killed in the middle of their work; each case ends with the promise checked on both databases. */
describe('nothing is lost and nothing is doubled', function () {
  this.timeout(90_000);
  let environment: Record<string, string>;
  let orders: ServiceProcess[];
  let deliveries: ServiceProcess[];

  afterEach(() => Promise.all([...orders, ...deliveries].map((service) => service.kill('SIGKILL'))));

  it('given two instances of each service and 500 orders, then each is delivered once, by every status', async () => {
    await start({ instances: 2, SIMULATED_STEP_MS: '20' });
    const ids = await placeOrders(await clients(), 500);
    await expectDeliveredOnce(environment, ids, 60_000);
  });

  it('given each service killed with kill -9 in the middle of 100 orders, then all are delivered once after the restart', async () => {
    await start({ instances: 1, SIMULATED_STEP_MS: '300' });
    const [order, delivery] = [orders[0]!, deliveries[0]!];
    const placing = placeOrders(await clients(), 100);
    await untilRows('orders', 30);
    await order.kill('SIGKILL');
    await order.start();
    await untilRows('shipments', 30);
    await delivery.kill('SIGKILL');
    await delivery.start();
    await expectDeliveredOnce(environment, await placing, 60_000);
  });

  it('given SQS killed while 50 orders are accepted, then all are delivered once it is back, although it forgot everything', async () => {
    await start({ instances: 1, SIMULATED_STEP_MS: '100' });
    const infrastructure = await testInfrastructure();
    const early = await placeOrders(await clients(), 10);
    await infrastructure.stopSqs();
    let late: string[];
    try {
      late = await placeOrders(await clients(), 50);
      const health = await fetch(`${orders[0]!.url}/health`);
      expect([health.status, ((await health.json()) as { status: string }).status]).to.deep.equal([
        200,
        'degraded',
      ]);
    } finally {
      await infrastructure.startSqs();
    }
    await createQueues(infrastructure.sqsEndpoint, environment['QUEUE_NAME_PREFIX']!);
    await expectDeliveredOnce(environment, [...early, ...late], 60_000);
  });

  it('given both services stopped with orders on their way, then they end cleanly and go on where they were', async () => {
    await start({ instances: 1, SIMULATED_STEP_MS: '200' });
    const ids = await placeOrders(await clients(), 30);
    await Promise.all([...orders, ...deliveries].map((service) => service.kill('SIGTERM')));
    await Promise.all([...orders, ...deliveries].map((service) => service.start()));
    await expectDeliveredOnce(environment, ids, 60_000);
  });

  async function start({
    instances,
    ...variables
  }: {
    instances: number;
    SIMULATED_STEP_MS: string;
  }): Promise<void> {
    environment = await testEnvironment({
      ...SHORT_LEASES,
      RECONCILE_AFTER_SECONDS: '2',
      LOG_LEVEL: 'error',
      ...variables,
    });
    const some = [...Array(instances)];
    deliveries = await Promise.all(some.map(() => serviceProcess('delivery-service', environment)));
    orders = await Promise.all(some.map(() => serviceProcess('order-service', environment)));
    environment['DELIVERY_SERVICE_URL'] = deliveries[0]!.url;
    environment['ORDER_SERVICE_URL'] = orders[0]!.url;
    await Promise.all([...deliveries, ...orders].map((service) => service.start()));
  }

  function clients(): Promise<ApiClient[]> {
    return Promise.all(orders.map(({ url }) => apiClient(url, 'demo-client')));
  }

  async function untilRows(table: 'orders' | 'shipments', count: number): Promise<void> {
    const url = environment[table === 'orders' ? 'ORDER_DATABASE_URL' : 'DELIVERY_DATABASE_URL']!;
    while ((await countRows(url, table)) < count);
  }
});
