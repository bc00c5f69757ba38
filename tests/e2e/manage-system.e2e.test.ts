import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { isRunning } from '../../scripts/system/processes/process-facts';
import { countRows, rowsOf } from '../support/rows';
import { managedSystem, type ManagedSystem, type Outcome } from '../support/managed-system';
import { waitUntil } from '../../scripts/system/processes/wait-until';

interface ComponentStatus {
  name: string;
  state: string;
  healthy: boolean;
  pid: number | null;
  port: number;
}

/** The steps depend on each other: one system from its first start to its reset. */
describe('manage-system.sh', function () {
  this.timeout(60_000);
  let system: ManagedSystem;
  let orderUrl: string;
  let token: string;

  before(async () => {
    system = await managedSystem({ SIMULATED_STEP_MS: '100' });
  });

  after(() => system.remove());

  it('given a stopped system, when its status is read, then every component is stopped and the exit code is 1', async () => {
    const { exitCode, components } = await status();

    expect(exitCode).to.equal(1);
    expect(components.map(({ name, state, pid }) => ({ name, state, pid }))).to.have.deep.members(
      ['order-service', 'delivery-service', 'postgres', 'redis', 'sqs'].map((name) => ({
        name,
        state: 'stopped',
        pid: null,
      })),
    );
  });

  it('given a taken port, when it is started, then one line names it and nothing is started', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;

    const { exitCode, stderr } = await system.manage(['up'], { ORDER_SERVICE_PORT: String(port) });
    holder.close();

    expect(exitCode).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.contain(`Port ${String(port)} is taken by pid ${String(process.pid)}`);
    expect(stderr).to.contain('ORDER_SERVICE_PORT');
    expect((await status()).components.filter(({ state }) => state === 'running')).to.deep.equal([]);
  });

  it('given a stopped system, when it is started, then an order can be placed', async () => {
    const { exitCode, stderr } = await manage('up');
    expect(stderr).to.equal('');
    expect(exitCode).to.equal(0);

    token = await fetchToken();
    const answer = await fetch(`${system.origin}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        customer_id: 'customer-1',
        items: [{ product_id: 'product-1', quantity: 1, unit_price: 9.99 }],
      }),
    });

    expect(answer.status).to.equal(201);
    orderUrl = `${system.origin}/orders/${((await answer.json()) as { order_id: string }).order_id}`;
  });

  it('given a running system, when its status is read, then all components are healthy and the exit code is 0', async () => {
    const { exitCode, components } = await status();

    expect(exitCode).to.equal(0);
    for (const { name, state, healthy, pid, port } of components) {
      expect({ name, state, healthy }).to.deep.equal({ name, state: 'running', healthy: true });
      expect(isRunning(pid!), `${name} has the pid ${String(pid)}`).to.equal(true);
      expect(Object.values(system.environment)).to.include(String(port));
    }
    expect((await system.run('health-check.sh')).exitCode).to.equal(0);
  });

  it('given a running system, when it is started again, then it reports that and keeps every process', async () => {
    const before = pidsOf((await status()).components);

    const { exitCode, stdout } = await manage('up');

    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('already up');
    expect(pidsOf((await status()).components)).to.deep.equal(before);
  });

  it('given a killed service, when the system is started again, then only that process is new', async () => {
    const before = pidsOf((await status()).components);
    process.kill(before['delivery-service']!, 'SIGKILL');
    await waitUntil(() => !isRunning(before['delivery-service']!), 20_000);
    expect((await system.run('health-check.sh')).exitCode).to.equal(1);

    expect((await manage('up')).exitCode).to.equal(0);

    const after = pidsOf((await status()).components);
    expect(after['delivery-service']).not.to.equal(before['delivery-service']);
    expect({ ...after, 'delivery-service': 0 }).to.deep.equal({ ...before, 'delivery-service': 0 });
  });

  it('given an order, when the system is stopped and started, then no process runs in between and the order still exists', async () => {
    const before = pidsOf((await status()).components);

    expect((await manage('down')).exitCode).to.equal(0);
    expect(Object.values(before).filter(isRunning)).to.deep.equal([]);
    expect((await manage('up')).exitCode).to.equal(0);

    const answer = await fetch(orderUrl, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).to.equal(200);
  });

  it('given a demo client that was disabled, when the system is started again, then it is up, and the client stays disabled', async () => {
    const { POSTGRES_PORT: port } = system.environment;
    const url = `postgresql://postgres@127.0.0.1:${String(port)}/orders`;
    await rowsOf(url, `UPDATE clients SET disabled_at = now() WHERE client_id = 'demo-client'`);
    expect((await manage('down')).exitCode).to.equal(0);
    const { exitCode, stdout } = await manage('up');
    expect([exitCode, stdout.includes('or is disabled or removed: it is not changed')]).to.deep.equal([
      0,
      true,
    ]);
    expect((await manage('demo')).stderr).to.contain('not restored by a start');
    expect(await countRows(url, 'clients', 'disabled_at IS NOT NULL')).to.equal(1);
  });

  it('given no terminal, when the system is reset, then --yes is required, and with it no data is left', async () => {
    const refused = await manage('reset');
    expect(refused.exitCode).to.equal(1);
    expect(refused.stderr).to.contain('--yes');
    expect((await status()).exitCode).to.equal(0);

    expect((await manage('reset', '--yes')).exitCode).to.equal(0);
    expect(existsSync(system.stateFolder)).to.equal(false);
    expect((await status()).components.every(({ state }) => state === 'stopped')).to.equal(true);
  });

  it('given an unknown command, then the usage is shown and the exit code is 2', async () => {
    const { exitCode, stderr } = await manage('launch');

    expect(exitCode).to.equal(2);
    expect(stderr).to.contain('Usage:').and.to.contain('"launch"');
  });

  async function fetchToken(): Promise<string> {
    const answer = await fetch(`${system.origin}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        client_id: 'demo-client',
        client_secret: 'demo-secret',
      }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async function status(): Promise<{ exitCode: number; components: ComponentStatus[] }> {
    const { exitCode, stdout } = await manage('status', '--json');
    return { exitCode, ...(JSON.parse(stdout) as { components: ComponentStatus[] }) };
  }

  function manage(...args: string[]): Promise<Outcome> {
    return system.manage(args);
  }
});

function pidsOf(components: readonly ComponentStatus[]): Record<string, number> {
  return Object.fromEntries(components.map(({ name, pid }) => [name, pid ?? 0]));
}
