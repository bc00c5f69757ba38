import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { freePorts } from '../support/free-ports';
import { apiClient } from '../support/api-client';
import { eventually } from '../support/eventually';

const COPIED = [
  'src',
  'scripts',
  'client',
  'docs/errors.md',
  'package.json',
  'package-lock.json',
  '.env.example',
];
const PORTS = ['3001', '3002', '5433', '6380', '9324'];
/** The variables of a terminal, without settings of the system. */
const { PATH, HOME } = process.env;
const SHELL: NodeJS.ProcessEnv = { PATH, HOME, INFRA: 'local' };

/** As described in CONTRIBUTING.md, in a copy of the project; only the ports differ, because the default ports may be in use. */
describe('services that are run from a shell with a copy of .env.example', function () {
  this.timeout(300_000);
  let project: string;
  const services: ChildProcess[] = [];
  let ports: string[];
  let output = '';

  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'env-file-'));
    for (const name of [...COPIED, 'tsconfig.json', 'tsconfig.build.json'])
      cpSync(name, join(project, name), { recursive: true, preserveTimestamps: true });
    symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
    ports = (await freePorts(PORTS.length)).map(String);
    const example = readFileSync('.env.example', 'utf8');
    const onFreePorts = PORTS.reduce(
      (text, port, index) => text.replaceAll(new RegExp(`(?<=^[^#].*[=:])${port}\\b`, 'gm'), ports[index]!),
      example,
    );
    writeFileSync(join(project, '.env'), onFreePorts);
  });

  after(async () => {
    for (const child of services) child.kill('SIGTERM');
    await Promise.all(services.map(ended));
    manage('reset', '--yes');
    rmSync(project, { recursive: true });
  });

  const node = (...args: string[]): [string, string[], { cwd: string; env: NodeJS.ProcessEnv }] => [
    process.execPath,
    ['-r', 'ts-node/register', ...args],
    { cwd: project, env: SHELL },
  ];

  function manage(...args: string[]): { exitCode: number | null; output: string } {
    const [command, options, where] = node('scripts/system/cli.ts', ...args);
    const { status, stdout, stderr } = spawnSync(command, options, { ...where, encoding: 'utf8' });
    return { exitCode: status, output: stdout + stderr };
  }

  /** As nodemon runs it in npm run dev:order and npm run dev:delivery. */
  async function startService(service: string, port: string): Promise<void> {
    const child = spawn(...node(`src/${service}/server.ts`));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    services.push(child);
    await eventually(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).ok, output).to.equal(true);
    }, 120_000);
  }

  it('given up --infra, when both are started without any other variable, then an order is delivered', async () => {
    const infrastructure = manage('up', '--infra');
    expect(infrastructure.exitCode, infrastructure.output).to.equal(0);
    expect(infrastructure.output, 'it starts no service').not.to.match(/-service +started/);
    const [orderPort = '', deliveryPort = ''] = ports;
    await startService('order-service', orderPort);
    await startService('delivery-service', deliveryPort);
    const shop = await apiClient(`http://127.0.0.1:${orderPort}`, 'demo-client');
    const items = [{ product_id: 'lamp', quantity: 1, unit_price: 79.9 }];
    const { body } = await shop.post('/orders', { customer_id: 'ada', items });
    await eventually(async () => {
      const order = await shop.get(`/orders/${String(body['order_id'])}`);
      expect(order.body['status'], output).to.equal('DELIVERED');
    }, 120_000);
    for (const port of [orderPort, deliveryPort])
      await eventually(async () => {
        const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { status: string };
        expect(health.status, JSON.stringify(health)).to.equal('up');
      }, 60_000);
  });
});

async function ended(child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
