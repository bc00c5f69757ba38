import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { type HealthReport } from '../../scripts/system/health/report';
import { isRunning } from '../../scripts/system/processes/process-facts';
import { recordedProcess } from '../../scripts/system/processes/process-record';
import { waitUntil } from '../../scripts/system/processes/wait-until';
import { managedSystem, type ManagedSystem } from '../support/managed-system';

const isValid = (() => {
  const ajv = new Ajv2020();
  addFormats(ajv);
  return ajv.compile<HealthReport>(
    JSON.parse(readFileSync('docs/health-check.schema.json', 'utf8')) as object,
  );
})();

const ORDER = ['postgres', 'redis', 'sqs', 'order-service', 'delivery-service'];
/** Error names of Node, drivers and HTTP clients. */
const JARGON = /\bE[A-Z]{4,}\b|fetch failed|AggregateError|undefined|\[object|^\s+at /m;
const COMMAND = /next: (\w+=\d+ )?\S*manage-system\.sh \w+/;

/** The steps depend on each other: in one running system the components are killed one after the other. */
describe('health-check.sh', function () {
  this.timeout(120_000);
  let system: ManagedSystem;
  before(async () => {
    system = await managedSystem();
  });
  after(() => system.remove());

  async function lines(...args: string[]): Promise<{ exitCode: number; lines: string[]; last: string }> {
    const { exitCode, stdout, stderr } = await system.manage(['health-check', ...args]);
    expect(stderr).to.equal('');
    expect(stdout).not.to.match(JARGON);
    const all = stdout.trim().split('\n');
    return { exitCode, lines: all.slice(0, -1), last: all.at(-1)! };
  }

  async function json(): Promise<HealthReport> {
    const { stdout } = await system.manage(['health-check', '--json']);
    const report = JSON.parse(stdout) as HealthReport;
    expect(isValid(report), JSON.stringify(isValid.errors)).to.equal(true);
    expect(report.components.map(({ name }) => name)).to.deep.equal(ORDER);
    return report;
  }

  const pidOf = (name: string): number => recordedProcess(system.stateFolder, name)!.pid;

  async function kill(name: string): Promise<void> {
    const pid = pidOf(name);
    process.kill(pid, 'SIGKILL');
    await waitUntil(() => !isRunning(pid), 20_000);
  }

  const restart = async (name: string): Promise<void> => {
    expect((await system.manage(['restart', name])).exitCode).to.equal(0);
  };

  it('given a stopped system, then one sentence names the command to start it, and the exit code is 1', async () => {
    const { exitCode, lines: others, last } = await lines();
    expect([exitCode, others]).to.deep.equal([1, []]);
    expect(last).to.match(
      /^This copy of the system is not running: start it with \S*manage-system\.sh up\.$/,
    );
    const report = await json();
    expect(report).to.include({ status: 'stopped', failures: 0 });
    expect(report.components.every(({ status }) => status === 'stopped')).to.equal(true);
  });

  it('given a running system, then every component is healthy, in a fixed order, and the exit code is 0', async () => {
    expect((await system.manage(['up'])).exitCode).to.equal(0);
    const { exitCode, lines: components, last } = await lines();
    expect(components.map((line) => line.trim().split(/ +/).slice(0, 2))).to.deep.equal(
      ORDER.map((name) => [name, 'healthy']),
    );
    expect([exitCode, last]).to.deep.equal([0, 'All is healthy.']);
    expect(await json()).to.include({ status: 'healthy', failures: 0, consequences: 0, next_step: null });
  });

  for (const [name, verdict, affected] of [
    ['postgres', 'down', ['order-service', 'delivery-service']],
    ['redis', 'degraded', ['order-service']],
    ['sqs', 'degraded', ['order-service', 'delivery-service']],
    ['delivery-service', 'degraded', []],
    ['order-service', 'down', []],
  ] as const) {
    it(`given a killed ${name}, then that is the only failure, its line has the next step, and consequences are shown as such`, async () => {
      await kill(name);
      const { exitCode, lines: components, last } = await lines();
      expect(exitCode).to.equal(1);
      const failed = components.filter((line) => / failed /.test(line));
      expect(failed).to.have.length(1);
      expect(failed[0])
        .to.match(new RegExp(`^ *${name} `))
        .and.to.match(COMMAND);
      const consequences = components.filter((line) => line.includes(`because ${name} is down`));
      expect(consequences.map((line) => line.trim().split(' ')[0])).to.deep.equal(affected);
      expect(last).to.contain('1 failure, ').and.contain(`${affected.length} consequence`);

      const report = await json();
      expect(report).to.include({ status: verdict, failures: 1, consequences: affected.length });
      for (const { name: other, status, because_of: because } of report.components)
        expect([other, status, because]).to.deep.equal(
          other === name
            ? [name, 'failed', []]
            : affected.some((one) => one === other)
              ? [other, 'affected', [name]]
              : [other, 'healthy', []],
        );
      await restart(name);
    });
  }

  it('given a service whose process hangs, then it does not answer, and a restart fixes it', async () => {
    process.kill(pidOf('delivery-service'), 'SIGSTOP');
    const report = await json();
    expect(report.components[4]).to.include({ status: 'failed' });
    expect(report.components[4]!.problem).to.match(/^does not answer at .* \(no answer in time\)$/);
    await restart('delivery-service');
    expect((await lines()).exitCode).to.equal(0);
  });

  it('given the URLs of services elsewhere, then these are checked, and their reports about dependencies are shown', async () => {
    const order = `http://127.0.0.1:${system.environment['ORDER_SERVICE_PORT']!}`;
    const delivery = `http://127.0.0.1:${system.environment['DELIVERY_SERVICE_PORT']!}/`;
    const asked = ['--order-url', order, '--delivery-url', delivery];
    expect((await lines(...asked)).exitCode).to.equal(0);
    await kill('postgres');
    await waitUntil(async () => !(await fetch(`${order}/health/ready`)).ok, 20_000);
    await waitUntil(async () => !(await fetch(`${delivery}health/ready`)).ok, 20_000);
    const { exitCode, lines: found, last } = await lines(...asked);
    expect(exitCode).to.equal(1);
    expect(found[0]).to.match(
      /postgres +failed +order-service and delivery-service cannot use it: .*next: curl/,
    );
    expect(last).to.equal('1 failure, 2 consequences; no order can be placed.');
    const wrong = await lines('--order-url', delivery);
    expect([wrong.exitCode, wrong.lines.at(-1)]).to.satisfy(
      ([code, line]: [number, string]) => code === 1 && line.includes('is answered by another program'),
    );
    await restart('postgres');
  });

  it('given an unknown option, argument or URL, then the exit code is 2', async () => {
    for (const args of [['--verbose'], ['postgres'], ['--order-url', 'elsewhere'], ['--order-url']]) {
      const { exitCode, stdout, stderr } = await system.manage(['health-check', ...args]);
      expect([exitCode, stdout], args.join(' ')).to.deep.equal([2, '']);
      expect(stderr.trim().split('\n')).to.have.length(1);
    }
    const help = await system.manage(['health-check', '--help']);
    expect(help.exitCode).to.equal(0);
    for (const text of ['--json', '--order-url', 'Exit code']) expect(help.stdout).to.contain(text);
  });
});
