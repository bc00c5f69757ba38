import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { contracts } from '../../../scripts/contract/contracts';
import { send } from '../../support/api-client';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('the index of a service', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({ variables: { RATE_LIMIT_PER_MINUTE: '100' } });
  });
  after(() => pair.stop());

  it('given the contract of each service, then its version is that of the package', () => {
    for (const { info } of Object.values(contracts())) expect(info.version).to.equal(version);
  });

  for (const [title, url] of [
    ['Order Service', () => pair.orderUrl],
    ['Delivery Service', () => pair.deliveryUrl],
  ] as const) {
    it(`given the ${title}, when its root is requested without a token, then it returns name and version, and every link works`, async () => {
      for (const path of ['/', '/v1', '/v1/']) {
        const { status, text, body, headers } = await send(url() + path, 'GET');
        expect([status, body.name, body.version]).to.deep.equal([200, title, version]);
        expect(text, 'no host').not.to.match(/https?:|localhost|127\./);
        expect(headers.get('ratelimit'), 'it counts').to.match(/r=\d+/);
      }
      const { body } = await send(`${url()}/`, 'GET');
      expect(body.links).to.include({ health: '/health', contract: '/openapi.json', documentation: '/docs' });
      for (const [name, path] of Object.entries(body.links as Record<string, string>)) {
        const { status } = await fetch(url() + path);
        expect([200, 401, 405], `${name}: ${path}`).to.include(status);
      }
      expect((await fetch(`${url()}/`, { method: 'HEAD' })).status).to.equal(200);
      expect((await send(`${url()}/`, 'POST')).body.code).to.equal('method_not_allowed');
    });
  }
});
