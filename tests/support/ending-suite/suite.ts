import { testEnvironment } from '../environment';
import { managedSystem } from '../managed-system';
import { serviceProcess } from '../service-process';

/**
 * A suite that starts a bit of everything and then ends badly, in the way that `ENDING` says. It is no part of the tests: one of them runs
 * it with mocha.
 */
describe('a suite that ends badly', function () {
  this.timeout(120_000);
  const ending = process.env['ENDING'] ?? '';

  before(async () => {
    const environment = await testEnvironment({ WEB_CONCURRENCY: '2', LOG_LEVEL: 'error' });
    const [service, system] = await Promise.all([
      serviceProcess('order-service', environment),
      managedSystem(),
    ]);
    await Promise.all([service.start(), system.manage(['up', 'sqs'])]);
    // A process that is paused does not even notice that the first one has ended.
    const [paused = 0] = service.children();
    process.kill(paused, 'SIGSTOP');
    process.stdout.write(`READY ${JSON.stringify({ stateFolder: system.stateFolder })}\n`);
    if (ending === 'hook') throw new Error('a hook that fails');
  });

  it('given something left open, then it would never end', () => {
    setInterval(() => undefined, 1_000);
    if (ending === 'failure') throw new Error('a test that fails');
  });

  if (ending === 'signal')
    it('given a signal, then it is ended here', (done) => void setTimeout(done, 100_000));
});
