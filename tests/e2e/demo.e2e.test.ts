import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { managedSystem, type ManagedSystem } from '../support/managed-system';

const run = promisify(execFile);

describe('manage-system.sh demo', function () {
  this.timeout(60_000);
  let system: ManagedSystem;
  before(async () => {
    system = await managedSystem({ SIMULATED_STEP_MS: '600' });
  });
  after(() => system.remove());

  it('given a stopped system, when the demo is run, then it starts the system, shows every status, and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await system.manage(['demo']);
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    const seen = [...stdout.matchAll(/^ +\d+\.\d s {2}([A-Z_]+)$/gm)].map(([, status]) => status);
    expect(seen).to.deep.equal([
      'PENDING_SHIPMENT',
      'SHIPPED',
      'IN_TRANSIT',
      'OUT_FOR_DELIVERY',
      'DELIVERED',
    ]);
    expect(stdout).to.match(/^ +DELIVERED \d+ s after the command was called$/m);
    expect(stdout).to.contain('HTTP 201 Created').and.to.contain('HTTP 422').and.to.contain('HTTP 409');
    expect(stdout).not.to.match(/"access_token": "eyJ[\w-]/);
    expect(stdout).to.contain(`Try every operation at ${system.origin}/docs`);
    const pasted = await run('bash', ['-euc', commandsIn(stdout)], { timeout: 20_000 });
    const [answers = ''] = pasted.stdout.split('{"openapi"');
    expect(answers.match(/"idempotency_key_reused"/g)).to.have.length(1);
    expect(pasted.stdout).to.match(/"status":"DELIVERED".*"ORDER_CREATED"/s);
  });

  it('given an ended input, when the interactive demo is run, then it completes without waiting', async () => {
    const command = './scripts/manage-system.sh demo --interactive </dev/null';
    const { stdout } = await run('bash', ['-euc', command], { env: system.environment, timeout: 20_000 });
    expect(stdout).to.contain('steps passed');
  });

  it('given a failing carrier, when the demo is run, then it stops at the first difference and exits with 1', async () => {
    await system.manage(['down']);
    const failing = { SIMULATED_FAILURE_RATE: '1', SIMULATED_STEP_MS: '100' };
    const { exitCode, stdout, stderr } = await system.manage(['demo'], failing);
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain('expected').and.to.contain('got');
    expect(stdout).not.to.contain('steps passed');
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
