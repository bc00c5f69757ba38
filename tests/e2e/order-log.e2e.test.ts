import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { send } from '../support/api-client';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import { useLocalCredentials } from '../support/local-credentials';
import { managedSystem, type ManagedSystem, type Outcome } from '../support/managed-system';
import { bearer } from '../support/oauth';
import { testQueues } from '../support/sqs-messages';

const STEPS = ['SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];

describe('logs --order', function () {
  this.timeout(120_000);
  let system: ManagedSystem;
  let token: string;
  let orderId: string;

  before(async () => {
    const variables = { SIMULATED_STEP_MS: '300' };
    system = await managedSystem(variables);
    const { exitCode, stderr } = await system.manage(['up']);
    expect(exitCode, stderr).to.equal(0);
    const credentials = { client_id: 'demo-client', client_secret: 'demo-secret' };
    const body = { grant_type: 'client_credentials', ...credentials };
    token = (await send(`${system.origin}/auth/token`, 'POST', body)).body.access_token as string;
    orderId = await place({ 'X-Correlation-Id': 'followed-1' });
    await untilDelivered(orderId);
  });
  after(() => system.remove());

  it('given a delivered order, then its lines of both services are shown by time, one for each step', async () => {
    const { exitCode, stdout, stderr } = await follow(orderId);
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    const lines = shown(stdout).filter(({ message }) => message !== 'request');
    expect(lines.map(({ time }) => time)).to.deep.equal(lines.map(({ time }) => time).toSorted());
    const moments = lines.map(({ service, message, text }) => {
      const [, what] = / (?:type=\w+ version|shipment_status|status)=(\w+)/.exec(text) ?? [];
      return `${service} ${message} ${what ?? ''}`;
    });
    const expected = [
      'order-service order placed PENDING_SHIPMENT',
      'order-service event published 1',
      'delivery-service order received PROCESSING',
      ...STEPS.map((status) => `delivery-service shipment step ${status}`),
    ];
    expect(moments.filter((moment) => expected.includes(moment))).to.deep.equal(expected);
    for (const [index, status] of STEPS.entries()) {
      const chain = [
        `delivery-service shipment step ${status}`,
        `delivery-service event published ${String(index + 2)}`,
        lines.findIndex(
          ({ message, text }) => message === 'status applied' && text.includes(` status=${status} `),
        ),
      ].map((moment) => (typeof moment === 'string' ? moments.indexOf(moment) : moment));
      expect(chain, status).to.deep.equal(chain.toSorted((a, b) => a - b));
      expect(chain[0]).to.be.at.least(0);
    }
    expect(lines, stdout).to.have.length(1 + 1 + 1 + STEPS.length + (STEPS.length + 1) * 2);
    expect(lines.every(({ text }) => text.endsWith(' correlation_id=followed-1'))).to.equal(true);
  });

  it('given the request that placed it, then its line is shown too', async () => {
    const { stdout } = await follow(orderId);
    expect(stdout).to.match(/POST \/orders 201 \([\d.]+ ms\).* correlation_id=followed-1/);
  });

  it('given a range, then only those lines are shown', async () => {
    const all = shown((await follow(orderId)).stdout);
    const last = shown((await follow(orderId, '--tail', '3')).stdout);
    expect(last).to.deep.equal(all.slice(-3));
    expect(shown((await follow(orderId, '--since', '10m')).stdout)).to.deep.equal(all);
    const none = await follow(orderId, '--since', '2100-01-01');
    expect([none.exitCode, none.stderr.trim().split('\n').length]).to.deep.equal([1, 1]);
    const ofOne = shown(
      (await system.manage(['logs', 'delivery-service', '--order', orderId, '--no-follow'])).stdout,
    );
    expect(ofOne).to.deep.equal(all.filter(({ service }) => service === 'delivery-service'));
  });

  it('given an id that is not a UUID or has no lines, then one line reports it', async () => {
    const malformed = await follow('order-1');
    expect([malformed.exitCode, malformed.stdout]).to.deep.equal([2, '']);
    expect(malformed.stderr.trim().split('\n')).to.have.length(1);
    expect(malformed.stderr).to.contain('a UUID, not "order-1"');
    const unknown = randomUUID();
    const { exitCode, stdout, stderr } = await follow(unknown);
    expect([exitCode, stdout]).to.deep.equal([1, '']);
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.contain(
      `No line about order ${unknown} in the logs of order-service and delivery-service`,
    );
  });

  it('given an undelivered order, when its log is followed, then new lines are shown', async () => {
    const id = await place();
    const script = join(__dirname, '..', '..', 'scripts', 'manage-system.sh');
    const child = spawn(script, ['logs', '--order', id], { env: system.environment, detached: true });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    try {
      await eventually(
        () => expect(output).to.contain('status applied').and.to.contain('status=DELIVERED'),
        60_000,
      );
      expect(output).to.contain('order placed');
    } finally {
      process.kill(-child.pid!, 'SIGINT');
    }
  });

  it('given an order whose message was lost, then its lines show the repair and the following steps', async () => {
    await system.manage(['down', 'delivery-service']);
    const id = await place();
    await eventually(async () => expect((await follow(id)).stdout).to.contain('event published'), 30_000);
    useLocalCredentials();
    const queues = testQueues({
      SQS_ENDPOINT: `http://127.0.0.1:${String(system.environment['SQS_PORT'])}`,
      QUEUE_NAME_PREFIX: '',
    });
    await queues.drain('orders-queue.fifo');
    queues.client.destroy();
    expect((await system.manage(['up'])).exitCode).to.equal(0);
    await untilDelivered(id);
    const lines = shown((await follow(id)).stdout);
    const messages = lines.map(({ message }) => message).filter((message) => message !== 'request');
    const repairs = lines.filter(({ message }) => message === 'order repaired');
    expect(repairs[0]!.text).to.contain('repair=created_resent');
    expect(messages.slice(0, 3)).to.deep.equal(['order placed', 'event published', 'order repaired']);
    expect(messages.filter((message) => message === 'order received')).to.have.length(1);
    expect(messages.indexOf('order received')).to.be.above(messages.indexOf('order repaired'));
  });

  it('given a running system, then its logs contain no requests for health, metrics or keys', () => {
    for (const name of ['order-service', 'delivery-service']) {
      const log = readFileSync(join(system.stateFolder, 'logs', `${name}.log`), 'utf8');
      expect(log).not.to.match(/"path":"\/(health|metrics|\.well-known\/jwks)/);
    }
  });

  const follow = (id: string, ...options: string[]): Promise<Outcome> =>
    system.manage(['logs', '--order', id, '--no-follow', ...options]);

  async function place(headers: Record<string, string> = {}): Promise<string> {
    const sent = { ...bearer(token), ...headers };
    const placed = await send(`${system.origin}/orders`, 'POST', orderBody(), sent);
    expect(placed.status, placed.text).to.equal(201);
    return placed.body.order_id as string;
  }

  async function untilDelivered(id: string): Promise<void> {
    await eventually(async () => {
      const { body } = await send(`${system.origin}/orders/${id}`, 'GET', undefined, bearer(token));
      expect(body.status).to.equal('DELIVERED');
    }, 60_000);
  }
});

interface ShownLine {
  service: string;
  time: string;
  message: string;
  text: string;
}

/** Such as `order-service    | 03:04:05.006 INFO  order placed event_id=…`. */
function shown(stdout: string): ShownLine[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, service = '', time = '', rest = ''] = /^(\S+) +\| (\S+) \w+ +(.*)$/.exec(line) ?? [];
      const isRequest = /^(GET|POST|PUT|DELETE) /.test(rest);
      const message = isRequest ? 'request' : (/^[a-z ]+(?= \w+=)/.exec(rest) ?? [''])[0];
      return { service, time, message, text: rest };
    });
}
