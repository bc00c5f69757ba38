import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { managedSystem, type ManagedSystem } from '../support/managed-system';

const LOCATION = [
  'ORDER_SERVICE_PORT',
  'DELIVERY_SERVICE_PORT',
  'POSTGRES_PORT',
  'REDIS_PORT',
  'SQS_PORT',
  'INFRA',
];
const SCRIPT = join(__dirname, '..', '..', 'scripts', 'manage-system.sh');
/** The programs that the script needs on PATH, without Redis and package managers. */
const PROGRAMS = [
  'bash',
  'cat',
  'cksum',
  'date',
  'dirname',
  'env',
  'grep',
  'id',
  'mv',
  'node',
  'npm',
  'readlink',
  'rm',
  'sed',
  'sh',
  'uname',
];

interface Status {
  instance_id: string | null;
  components: { name: string; state: string; healthy: boolean; pid: number | null }[];
}

/** The steps depend on each other. The first copy runs without a Redis program; the second has the same ports. */
describe('two copies of the system', function () {
  this.timeout(120_000);
  let first: ManagedSystem;
  let second: ManagedSystem;
  let folder: string;
  /** Another terminal, without the variables. */
  const bare = Object.fromEntries(LOCATION.map((name) => [name, undefined]));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'programs-'));
    first = await managedSystem({ PATH: pathWithoutRedis(folder), SIMULATED_STEP_MS: '600' });
    second = await managedSystem(Object.fromEntries(LOCATION.map((name) => [name, first.environment[name]])));
  });
  after(async () => {
    await first.remove();
    await second.remove();
    rmSync(folder, { recursive: true });
  });

  const statusOf = async (system: ManagedSystem, extra: NodeJS.ProcessEnv = {}) => {
    const { exitCode, stdout } = await system.manage(['status', '--json'], extra);
    return { exitCode, ...(JSON.parse(stdout) as Status) };
  };
  const pids = ({ components }: Status) => Object.fromEntries(components.map(({ name, pid }) => [name, pid]));

  it('given two starts at once, then one fails and names the other, which starts the system without Redis', async () => {
    const outcomes = await Promise.all([first.manage(['up']), first.manage(['up'])]);
    const [done, refused] = outcomes.sort((a, b) => a.exitCode - b.exitCode);

    expect([done!.exitCode, done!.stderr]).to.deep.equal([0, '']);
    expect(done!.stdout).to.match(
      /redis +not started; rate limits and replay cache are kept in memory\. Redis is missing/,
    );
    if (refused!.exitCode === 0) expect(refused!.stdout, 'it came later').to.contain('already up');
    else expect(refused!.stderr).to.match(/^"up" is running on this copy \(pid \d+, since [\d:]+\)/);
    const { exitCode, components } = await statusOf(first);
    expect(exitCode).to.equal(0);
    expect(components.map(({ name, healthy }) => [name, healthy])).to.deep.equal([
      ['order-service', true],
      ['delivery-service', true],
      ['postgres', true],
      ['sqs', true],
    ]);
  });

  it('given another terminal without the variables, then every command works on the running copy', async () => {
    const here = await statusOf(first);
    expect(await statusOf(first, bare)).to.deep.include({ exitCode: 0, instance_id: here.instance_id });
    expect((await first.manage(['env'], bare)).stdout).to.equal(
      `export ORDER_URL='${first.origin}'\n` +
        `export DELIVERY_URL='http://127.0.0.1:${first.environment['DELIVERY_SERVICE_PORT']!}'\n`,
    );
    const demo = await first.manage(['demo'], { ...bare, PATH: process.env['PATH'] });
    expect([demo.exitCode, demo.stderr]).to.deep.equal([0, '']);
    expect(demo.stdout).to.contain(`${first.origin}/orders`);
  });

  it('given different settings in the environment, then every command refuses them with one sentence', async () => {
    for (const command of ['up', 'status', 'demo', 'health-check']) {
      const { exitCode, stdout, stderr } = await first.manage([command], { ORDER_SERVICE_PORT: '3999' });
      expect([exitCode, stdout], command).to.deep.equal([1, '']);
      expect(stderr).to.match(/ORDER_SERVICE_PORT=3999 \(it runs with \d+\).*restart\n$/);
    }
    const other = await first.manage(['up'], { SIMULATED_STEP_MS: '7' });
    expect(other.exitCode).to.equal(0);
    expect(other.stdout).to.match(/^SIMULATED_STEP_MS differs .*restart delivery-service$/m);
  });

  it('given the second copy, stopped, with the ports of the first, then it is not healthy, and writes nothing', async () => {
    const before = await statusOf(first);
    const { exitCode, components } = await statusOf(second);
    expect(exitCode).to.equal(1);
    expect(components.map(({ state, healthy, pid }) => [state, healthy, pid])).to.deep.equal(
      Array(5).fill(['stopped', false, null]),
    );
    expect((await second.run('health-check.sh')).exitCode).to.equal(1);
    for (const command of [['demo'], ['dead-letters', 'list'], ['env']]) {
      const { exitCode, stderr } = await second.manage(command);
      expect(exitCode, command.join(' ')).to.equal(1);
      expect(stderr).to.match(/is taken by pid|is answered by another copy of the system|is not up/);
    }
    expect((await second.manage(['reset', '--yes'])).exitCode).to.equal(0);
    expect(pids(await statusOf(first))).to.deep.equal(pids(before));
  });

  it('given a restarted component, then the other processes are unchanged', async () => {
    const before = pids(await statusOf(first));
    expect((await first.manage(['restart', 'order-service'], bare)).exitCode).to.equal(0);
    const after = pids(await statusOf(first));

    expect(after['order-service']).not.to.equal(before['order-service']);
    expect({ ...after, 'order-service': 0 }).to.deep.equal({ ...before, 'order-service': 0 });
    expect((await first.manage(['down', 'redis'])).stderr).to.match(/^This copy runs without redis/);
  });

  it('given a disabled demo client, then up reports it and succeeds, and the demo names the variable to set', async () => {
    const operator = await tokenOf(first.origin);
    const patch = (disabled: boolean) =>
      fetch(`${first.origin}/clients/demo-client`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
        body: JSON.stringify({ disabled }),
      });
    expect((await patch(true)).status).to.equal(200);
    const { exitCode, stdout } = await first.manage(['up']);
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('demo-client has another secret than demo-secret, or is disabled or removed');
    const demo = await first.manage(['demo']);
    expect(demo.exitCode).to.equal(1);
    expect(demo.stderr).to.match(/refused demo-client with demo-secret: set DEMO_CLIENT_SECRET/);
    await patch(false);
  });

  it('given an interrupted start, then it names the running components, and the next start continues', async () => {
    await first.manage(['down']);
    const child = spawn(SCRIPT, ['up'], { env: first.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('postgres ')) child.kill('SIGINT');
      });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];

    expect(signal).to.equal('SIGINT');
    expect(output).to.match(/Interrupted\. Left running: .*postgres.* down, or continue with .* up\.\n$/);
    expect((await first.manage(['up'])).exitCode).to.equal(0);
  });
});

function pathWithoutRedis(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of PROGRAMS) symlinkSync(programOf(name), join(folder, name));
  return folder;
}

function programOf(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((file) => isProgram(file));
  return found ?? name;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function tokenOf(origin: string): Promise<string> {
  const answer = await fetch(`${origin}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'demo-operator',
      client_secret: 'demo-secret',
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
