import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { isRunning } from '../../../scripts/system/processes/process-facts';
import { apiClient, type ApiClient } from '../../support/api-client';
import { SHORT_LEASES, testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectDeliveredOnce, placeOrders } from '../../support/guarantees';
import { limitHere, millisecondsOf } from '../../support/machine-speed';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

const PROCESSES = 2;

describe('a service in several processes', function () {
  this.timeout(150_000);
  let environment: Record<string, string>;
  let orders: ServiceProcess;
  let delivery: ServiceProcess;
  let deliveryLog = '';
  let client: ApiClient;
  let operator: ApiClient;
  before(async () => {
    environment = await testEnvironment({
      ...SHORT_LEASES,
      WEB_CONCURRENCY: String(PROCESSES),
      RECONCILE_AFTER_SECONDS: '2',
      SIMULATED_STEP_MS: '50',
      LOG_LEVEL: 'error',
    });
    orders = await serviceProcess('order-service', environment);
    delivery = await serviceProcess('delivery-service', environment, {
      isGroup: true,
      onLog: (text) => (deliveryLog += text),
    });
    environment['ORDER_SERVICE_URL'] = orders.url;
    environment['DELIVERY_SERVICE_URL'] = delivery.url;
    await Promise.all([orders.start(), delivery.start()]);
    client = await apiClient(orders.url, 'demo-client');
    operator = await apiClient(orders.url, 'demo-operator');
  });
  after(() => Promise.all([orders, delivery].map((service) => service.kill('SIGKILL'))));

  const untilComplete = (service: ServiceProcess) =>
    eventually(() => expect(service.children()).to.have.length(PROCESSES), 20_000);

  it('given a process of each service that is killed in the middle of 60 orders, then it is replaced, and all are delivered once', async () => {
    const doomed = [orders, delivery].map((service) => service.children()[0]!);
    const placed = placeOrders([client], 60);
    doomed.forEach((pid) => process.kill(pid, 'SIGKILL'));
    await expectDeliveredOnce(environment, await placed, 60_000);
    await Promise.all([orders, delivery].map(untilComplete));
    const children = [...orders.children(), ...delivery.children()];
    expect(doomed.filter((pid) => children.includes(pid))).to.deep.equal([]);
  });

  it('given any of the processes, when it is asked for metrics, then it answers for all of them', async () => {
    const requestsCounted = async (): Promise<number> => {
      const { text } = await operator.get('/metrics');
      const line =
        /^http_request_duration_seconds_count\{.*method="GET".*route="\/orders\/:order_id".*\} (\d+)$/m;
      return Number(line.exec(text)?.[1] ?? 0);
    };
    await eventually(async () => expect(await scrape()).to.equal(200));
    const before = await requestsCounted();
    const [orderId] = await placeOrders([client], 1);
    await Promise.all(Array.from({ length: 20 }, () => client.get(`/orders/${orderId!}`)));
    for (let scrape = 0; scrape < 6; scrape += 1) expect((await requestsCounted()) - before).to.equal(20);
  });

  it('given one of the processes that hangs, then a scrape is refused in time, and the next one is answered', async () => {
    const [hung = 0] = orders.children();
    const limitMs = await limitHere(2_500, scrape);
    process.kill(hung, 'SIGSTOP');
    try {
      const ms = await millisecondsOf(async () => expect(await scrape()).to.equal(503));
      expect(ms).to.be.below(limitMs);
    } finally {
      process.kill(hung, 'SIGCONT');
    }
    await eventually(async () => expect(await scrape()).to.equal(200));
  });

  it('given SIGTERM, then all processes end cleanly', async () => {
    const pids = delivery.children();
    await delivery.kill('SIGTERM');
    expect(await delivery.exitCode()).to.equal(0);
    expect(pids.filter(isRunning)).to.deep.equal([]);
  });

  it('given SIGTERM for the first process and all the others at once, then all end cleanly', async () => {
    await delivery.start();
    const pids = delivery.children();
    deliveryLog = '';
    await delivery.killGroup('SIGTERM');
    expect(await delivery.exitCode()).to.equal(0);
    expect(pids.filter(isRunning)).to.deep.equal([]);
    expect(deliveryLog).to.equal('');
  });

  it('given a second SIGTERM, then nobody finishes what is in hand', async () => {
    await delivery.start();
    const [hung = 0, other = 0] = delivery.children();
    process.kill(hung, 'SIGSTOP');
    process.kill(delivery.pid(), 'SIGTERM');
    await eventually(() => expect(isRunning(other)).to.equal(false));
    await delivery.kill('SIGTERM');
    expect(await delivery.exitCode()).to.equal(1);
    process.kill(hung, 'SIGCONT');
    await eventually(() => expect(isRunning(hung)).to.equal(false));
  });

  it('given the first process killed, then none of the others stays behind', async () => {
    const pids = orders.children();
    await orders.kill('SIGKILL');
    await eventually(() => expect(pids.filter(isRunning)).to.deep.equal([]));
  });

  /** On a connection of its own, so that it is taken by a process that turns. */
  async function scrape(): Promise<number | undefined> {
    const headers = { Authorization: `Bearer ${operator.token}` };
    const question = get(`${orders.url}/metrics`, { agent: false, headers });
    const [answer] = (await once(question, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  }

  it('given a port that is taken, then no process stays, and the exit code is 1', async () => {
    const other = createServer((_, response) => response.writeHead(503).end());
    // The last threads of the processes before may still be ending.
    await eventually(async () => {
      other.listen(Number(new URL(orders.url).port), '127.0.0.1');
      await once(other, 'listening');
    });
    await orders.start();
    expect(await orders.exitCode()).to.equal(1);
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
  });
});
