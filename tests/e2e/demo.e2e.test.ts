import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { clientCredentials, createOrderServiceClient } from '../../client/api-client';
import { managedSystem, type ManagedSystem } from '../support/managed-system';

const run = promisify(execFile);
const SCRIPT = join(__dirname, '..', '..', 'scripts', 'manage-system.sh');

describe('manage-system.sh demo', function () {
  this.timeout(120_000);
  let system: ManagedSystem;
  before(async () => {
    system = await managedSystem({ SIMULATED_STEP_MS: '600' });
  });
  after(() => system.remove());

  it('given a stopped system, when the demo is run, then it starts the system, shows every event and webhook, and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await system.manage(['demo']);
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    const seen = [...stdout.matchAll(/^ {7}\d+\.\d s +(\S+) +version (\d) +([A-Z_]+)$/gm)];
    expect(seen.map(([, ...columns]) => columns.join(' '))).to.deep.equal([
      'order.created 1 PENDING_SHIPMENT',
      'order.shipped 2 SHIPPED',
      'order.in_transit 3 IN_TRANSIT',
      'order.out_for_delivery 4 OUT_FOR_DELIVERY',
      'order.delivered 5 DELIVERED',
    ]);
    expect(stdout).to.match(/^ +DELIVERED \d+ s after the command was called$/m);
    const webhooks = [...stdout.matchAll(/^ {7}\d+\.\d s +(\S+) +answered (\d+)$/gm)];
    expect(webhooks.map(([, ...columns]) => columns.join(' '))).to.deep.equal([
      'order.created 204',
      'order.cancellation_requested 503',
      'order.cancellation_requested 204',
      'order.cancelled 204',
    ]);
    expect(stdout).to.contain('HTTP 201 Created').and.to.contain('HTTP 422').and.to.contain('HTTP 409');
    expect(stdout).to.contain(`Try every operation at ${system.origin}/docs`);
    expect(stdout).not.to.match(/"access_token": "eyJ[\w-]/);
    expect(stdout).to.contain('"secret": "whsec_…"');
    expect(stdout).not.to.match(/whsec_[\w+/]/);
    // A URL is not divided.
    for (const line of stdout.split('\n').filter((text) => /^ +(?! |\$ curl)/.test(text)))
      expect([...line].length, line).to.be.at.most(100);
    expect(await webhookUrls(system.origin)).to.deep.equal([]);
    const pasted = await run('bash', ['-euc', commandsIn(stdout)], { timeout: 30_000 });
    const [answers = ''] = pasted.stdout.split('{"openapi"');
    expect(answers.match(/"idempotency_key_reused"/g)).to.have.length(1);
    expect(pasted.stdout).to.match(/"status":"DELIVERED".*"ORDER_CREATED"/s);
    expect(pasted.stdout).to.match(/^event: order_ended$/m);
    expect(await webhookUrls(system.origin)).to.deep.equal([]);
  });

  it('given an ended input, when the interactive demo is run, then it completes without waiting', async () => {
    const command = './scripts/manage-system.sh demo --interactive </dev/null';
    const { stdout } = await run('bash', ['-euc', command], { env: system.environment, timeout: 60_000 });
    expect(stdout).to.contain('steps passed');
  });

  it('given a running demo, when it is interrupted, then it removes its webhook endpoint', async () => {
    const demo = spawn(SCRIPT, ['demo'], { env: system.environment, stdio: ['ignore', 'pipe', 'inherit'] });
    let shown = '';
    for await (const text of demo.stdout.setEncoding('utf8')) {
      if (shown.includes('$ CANCEL_ID=')) continue;
      shown += String(text);
      if (shown.includes('$ CANCEL_ID=')) demo.kill('SIGINT');
    }
    if (demo.exitCode === null && demo.signalCode === null) await once(demo, 'exit');
    expect([demo.exitCode, demo.signalCode]).to.deep.equal([null, 'SIGINT']);
    expect(await webhookUrls(system.origin)).to.deep.equal([]);
  });

  it('given a failing carrier, when the demo is run, then it stops at the first difference and exits with 1', async () => {
    await system.manage(['down']);
    const failing = { SIMULATED_FAILURE_RATE: '1', SIMULATED_STEP_MS: '100' };
    const { exitCode, stdout, stderr } = await system.manage(['demo'], failing);
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain('expected').and.to.contain('got');
    expect(stdout).not.to.contain('steps passed');
    expect(await webhookUrls(system.origin)).to.deep.equal([]);
  });

  it('given a system that sends no webhooks to this machine, then the demo leaves the steps about them out', async () => {
    await system.manage(['down']);
    const { exitCode, stdout } = await system.manage(['demo'], { WEBHOOK_ALLOW_LOOPBACK: 'false' });
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('The steps about webhooks are left out').and.not.to.contain('/webhooks');
  });

  it('given an unknown option, then the error names it', async () => {
    const { exitCode, stderr } = await system.manage(['demo', '--fast']);
    expect([exitCode, stderr.trim()]).to.deep.equal([
      2,
      'demo does not know "--fast"; it takes --interactive.',
    ]);
  });
});

/** The commands of the demo: the lines after each `$`, up to the answer. */
function commandsIn(shown: string): string {
  const blocks = shown.matchAll(/^ {7}\$ (.+(?:\n {8,}.+)*)$/gm);
  return [...blocks].map(([, command]) => command).join('\n');
}

/** The URLs of the webhook endpoints that exist. */
async function webhookUrls(baseUrl: string): Promise<string[]> {
  const token = clientCredentials(baseUrl, { clientId: 'demo-client', clientSecret: 'demo-secret' });
  const { data } = await createOrderServiceClient({ baseUrl, token }).GET('/webhooks');
  return data!.data.map(({ url }) => url);
}
