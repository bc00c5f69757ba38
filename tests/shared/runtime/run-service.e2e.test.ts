import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

/** A service that uses the real run-service and whose stop duration is configurable. */
const SERVICE = `
  const { runService } = require('./src/shared/runtime/run-service');
  const stop = process.env.STOP;
  let failStart;
  const interruptible = () => new Promise((_, reject) => { failStart = reject; console.log('the start waits'); });
  let stops = 0;
  let isEnded = false;
  const interruptStart = async () => {
    if (++stops === 1) {
      failStart(new Error('connection ended'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (isEnded) throw new Error('stopped twice');
    isEnded = true;
  };
  const part = {
    name: 'part',
    start: () => process.env.START === 'waits' ? interruptible() : process.env.START === 'fails' ? Promise.reject(new Error('port 1 is already in use')) : Promise.resolve(),
    failure: process.env.LATER ? new Promise((resolve) => setTimeout(() => resolve(new Error('the database has not been migrated')), 50)) : undefined,
    stop: () => stop === 'interrupts' ? interruptStart() : stop === 'hangs' ? new Promise(() => {}) : stop === 'fails' ? Promise.reject(new Error('no')) : Promise.resolve(),
  };
  const say = (message) => console.log(message);
  const logger = { info: say, warn: say, error: say, debug: say };
  setInterval(() => {}, 1000);
  runService(() => ({ name: 'tiny', logger, components: [part], stopTimeoutMs: 5000, processes: 1 }));
  if (process.env.CRASH) setTimeout(() => { throw new Error('unforeseen'); }, 10);
`;

describe('runService', () => {
  let output = '';
  let child: ChildProcess;

  function start(script: string, environment: Record<string, string> = {}): void {
    output = '';
    child = spawn(process.execPath, ['-r', 'ts-node/register', '-e', script], {
      env: { PATH: process.env['PATH'], ...environment },
    });
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const said = async (text: string): Promise<void> => {
    while (!output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const exitCode = async (): Promise<number | null> => ((await once(child, 'close')) as [number | null])[0];

  it('given SIGTERM, then the service stops in order and the exit code is 0', async () => {
    start(SERVICE);
    await said('tiny is up');
    child.kill('SIGTERM');
    expect(await exitCode()).to.equal(0);
    expect(output).to.contain('tiny has stopped');
  });

  it('given SIGTERM during the start, which fails because of it, then everything is stopped once and the exit code is 0', async () => {
    start(SERVICE, { START: 'waits', STOP: 'interrupts' });
    await said('the start waits');
    child.kill('SIGTERM');
    expect(await exitCode(), output).to.equal(0);
    expect(output).to.contain('tiny has stopped').and.not.contain('cannot start');
  });

  it('given a component that does not stop cleanly, then the exit code is 1', async () => {
    start(SERVICE, { STOP: 'fails' });
    await said('tiny is up');
    child.kill('SIGINT');
    expect(await exitCode()).to.equal(1);
  });

  for (const [what, task] of [
    ['a task that succeeds', 'Promise.resolve("done")'],
    ['a task that fails', 'Promise.reject(new Error("done"))'],
  ] as const)
    it(`given ${what} and a misspelt variable, then a line suggests the correct name`, async () => {
      const runTask = `require('./src/shared/runtime/run-service').runTask(() => ${task})`;
      start(runTask, { QUEUE_NAME_PREFX: 'shop-' });
      await exitCode();
      expect(output.trim().split('\n').toSorted()).to.deep.equal([
        'QUEUE_NAME_PREFX is not a setting and has no effect; did you mean QUEUE_NAME_PREFIX?',
        'done',
      ]);
    });

  it('given a task that reports its progress, then the lines are printed on stderr, and the result on stdout', async () => {
    start(
      `require('./src/shared/runtime/run-service').runTask(async (report) => { report('half'); return 'done'; })`,
    );
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    expect(await exitCode()).to.equal(0);
    expect({ errors, output: output.split('\n').toSorted() }).to.deep.equal({
      errors: 'half\n',
      output: ['', 'done', 'half'],
    });
  });

  for (const task of ['order-service/migrate', 'delivery-service/migrate'])
    it(`given ${task} and an unknown argument, then it does nothing and names the one that it accepts`, async () => {
      start(`process.argv[2] = '--dry-run'; require('./src/${task}')`);
      expect(await exitCode()).to.equal(1);
      expect(output).to.equal(
        'unknown arguments --dry-run: this command accepts only --after-deployment and did nothing\n',
      );
    });

  for (const task of [
    ...['order-service/after-restore', 'order-service/remove-demo-clients'],
    ...['delivery-service/after-restore'],
  ])
    it(`given ${task} and an unknown argument, then it does nothing and reports it`, async () => {
      start(`process.argv[2] = '--dry-run'; require('./src/${task}')`);
      expect(await exitCode()).to.equal(1);
      expect(output).to.equal('unknown arguments --dry-run: this command accepts none and did nothing\n');
    });

  it('given a misspelt required variable, then a line next to its fault names it', async () => {
    start(`require('./src/delivery-service/server')`, { NODE_ENV: 'production', CARIER: 'manual' });
    expect(await exitCode()).to.equal(1);
    expect(output).to.contain('CARRIER: is missing\n');
    expect(output).to.contain('CARIER is not a setting and has no effect; did you mean CARRIER?\n');
  });

  it('given a second signal, then it exits at once', async () => {
    start(SERVICE, { STOP: 'hangs' });
    await said('tiny is up');
    child.kill('SIGTERM');
    await said('tiny is stopping');
    child.kill('SIGTERM');
    expect(await exitCode()).to.equal(1);
    expect(output).not.to.contain('tiny has stopped');
  });

  it('given a component that cannot start, then one line names the reason, and the exit code is 1', async () => {
    start(SERVICE, { START: 'fails' });
    expect(await exitCode()).to.equal(1);
    expect(output.trim()).to.equal('tiny cannot start: port 1 is already in use');
  });

  it('given a component that fails after the start, then the reason is logged, the service stops in order, and the exit code is 1', async () => {
    start(SERVICE, { LATER: '1' });
    expect(await exitCode()).to.equal(1);
    expect(output).to.contain('tiny cannot continue: the database has not been migrated\n');
    expect(output).to.contain('tiny has stopped').and.not.contain('    at ');
  });

  it('given an uncaught exception, then it is logged and the process exits', async () => {
    start(SERVICE, { CRASH: '1' });
    expect(await exitCode()).to.equal(1);
    expect(output).to.contain('tiny crashed');
  });

  for (const service of ['order-service', 'delivery-service']) {
    it(`given the ${service} without its variables, then every missing one has a line, and there is no stack`, async () => {
      start(`require('./src/${service}/server')`, { SHUTDOWN_TIMEOUT_MS: 'soon' });
      expect(await exitCode()).to.equal(1);
      const lines = output.trim().split('\n');
      const [database, other] =
        service === 'order-service' ? ['ORDER', 'JWT_PRIVATE_KEY'] : ['DELIVERY', 'ORDER_SERVICE_URL'];
      expect(lines).to.include(`${database}_DATABASE_URL: is missing`);
      expect(lines.some((line) => line.startsWith('SHUTDOWN_TIMEOUT_MS: '))).to.equal(true);
      expect(
        lines.some((line) => line.startsWith(`${other}: `)),
        output,
      ).to.equal(true);
      expect(output).not.to.contain('    at ');
    });
  }

  it('given a migration that cannot reach its database, then one line reports it', async () => {
    start(`require('./src/delivery-service/migrate')`, {
      DELIVERY_DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/x',
    });
    expect(await exitCode()).to.equal(1);
    expect(output.trim().split('\n')).to.have.length(1);
    expect(output).to.contain('ECONNREFUSED');
  });
});
