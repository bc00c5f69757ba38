import { expect } from 'chai';
import sinon from 'sinon';
import { composeDeliveryService } from '../../../src/delivery-service/composition';
import { readDeliveryServiceConfig } from '../../../src/delivery-service/config';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { send } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { detectUntrustedProxies } from '../../../src/shared/http/proxy-watch';

const WARNING = 'requests come through a proxy that TRUSTED_PROXIES does not name: set it';

describe('an untrusted proxy', () => {
  /** The health component and the logged warnings of production after a request with that header. */
  async function after(header: Record<string, string>, variables: Record<string, string>) {
    const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
    const environment = await testEnvironment({
      NODE_ENV: 'production',
      JWT_ISSUER: 'http://localhost:3001',
      CARRIER: 'manual',
      ...variables,
    });
    const service = composeDeliveryService(readDeliveryServiceConfig(environment), { logger });
    await startService(service);
    try {
      const url = `http://127.0.0.1:${service.http.port()}`;
      for (let n = 0; n < 3; n += 1) await send(`${url}/shipments`, 'GET', undefined, header);
      const { status, body } = await send(`${url}/health`, 'GET');
      const ready = await send(`${url}/health/ready`, 'GET');
      const warnings = logger.warn.args.filter(([text]) => String(text).includes('TRUSTED_PROXIES'));
      return { statuses: [status, ready.status], health: body, warnings };
    } finally {
      await stopService(service);
    }
  }

  for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP']) {
    it(`given ${header} from a peer that is not a trusted proxy, then production warns once, and health shows the warning without changing a status`, async () => {
      const { statuses, health, warnings } = await after({ [header]: '203.0.113.1' }, {});
      expect([statuses, health.status]).to.deep.equal([[200, 200], 'up']);
      expect(health.components.proxies).to.deep.equal({ status: 'up', warning: WARNING });
      expect(JSON.stringify(health)).not.to.match(/127\.0\.0\.1|203\.0/);
      expect(warnings).to.have.length(1);
      expect(warnings[0]?.[1]).to.deep.equal({ peer: '127.0.0.1' });
    });
  }

  it('given a trusted proxy, or direct requests, then there is no warning', async () => {
    const trusted = await after({ 'X-Forwarded-For': '203.0.113.1' }, { TRUSTED_PROXIES: 'loopback' });
    const direct = await after({}, {});
    for (const { health, warnings } of [trusted, direct]) {
      expect([health.components.proxies, warnings]).to.deep.equal([{ status: 'up' }, []]);
    }
  });

  it('given an hour without such a request, then the warning ends', async () => {
    let now = 0;
    const logger = { error: sinon.spy(), warn: sinon.spy(), info: sinon.spy(), debug: sinon.spy() };
    const watch = detectUntrustedProxies(logger, () => now);
    const request = {
      headers: { forwarded: 'for=x' },
      socket: { remoteAddress: '10.0.0.1' },
      app: { get: () => () => false },
    };
    watch.observe(request as never, {} as never, () => undefined);
    expect(await watch.check().catch((error: Error) => error.message)).to.equal(WARNING);
    now = 3_600_000;
    expect(await watch.check()).to.equal(undefined);
  });
});
