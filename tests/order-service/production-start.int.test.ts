import { expect } from 'chai';
import { composeOrderService } from '../../src/order-service/composition';
import { readOrderServiceConfig } from '../../src/order-service/config';
import { startService, stopService } from '../../src/shared/runtime/lifecycle';
import { testEnvironment } from '../support/environment';
import { rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';

describe('the Order Service in production', () => {
  it('given a demo client in its database, then it does not start and says which; without them it does', async () => {
    const environment = await testEnvironment({ NODE_ENV: 'production' });
    const compose = () => composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
    const error = await startService(compose()).then(
      () => '',
      (thrown: Error) => thrown.message,
    );
    expect(error).to.contain('demo-client').and.to.contain('production');
    await rowsOf(environment['ORDER_DATABASE_URL']!, 'DELETE FROM clients');
    const service = compose();
    await startService(service);
    expect(service.http.port()).to.be.above(0);
    expect(await stopService(service)).to.equal(true);
  });
});
