import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { composeOrderService, readOrderServiceConfig } from '../../src/order-service/composition';
import { startService, stopService } from '../../src/shared/runtime/lifecycle';
import { builtProgram } from '../support/built-program';
import { testEnvironment } from '../support/environment';
import { silentLogger } from '../support/service-pair';

const run = promisify(execFile);

describe('the Order Service in production', () => {
  it('given a demo client in its database, then it does not start and names the client; without demo clients it starts', async () => {
    const environment = await testEnvironment({
      NODE_ENV: 'production',
      JWT_ISSUER: 'http://localhost:3001',
    });
    const compose = () => composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
    const error = await startService(compose()).then(
      () => '',
      (thrown: Error) => thrown.message,
    );
    expect(error).to.contain('demo-client').and.to.contain('npm run remove-demo-clients');
    const { stdout } = await run('node', [await builtProgram('order-service/remove-demo-clients')], {
      env: { ...process.env, ...environment },
    });
    expect(stdout).to.match(/^removed .*demo-operator/);
    const service = compose();
    await startService(service);
    expect(service.http.port()).to.be.above(0);
    expect(await stopService(service)).to.equal(true);
  });
});
