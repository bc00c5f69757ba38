import { expect } from 'chai';
import { send } from '../support/api-client';
import { startServicePair, type ServicePair } from '../support/service-pair';

describe('the /docs page', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair();
  });
  after(() => pair.stop());

  for (const service of ['orderUrl', 'deliveryUrl'] as const) {
    it(`given the ${service}, then the page and all its resources come from the service itself, with a strict content security policy`, async () => {
      const url = pair[service];
      const page = await send(`${url}/docs`, 'GET');
      expect(page.status).to.equal(200);
      expect(page.headers.get('content-security-policy')).to.contain("default-src 'none';script-src 'self';");
      const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
      expect(loaded).to.have.length(4);
      for (const path of [...loaded, '/openapi.json']) {
        expect(path, 'on the same server').to.match(/^\/\w/);
        expect((await send(url + path, 'GET')).status, path).to.equal(200);
      }
    });
  }

  it('given other files inside or outside of the package, then they are not served', async () => {
    for (const path of ['package.json', 'index.html', '..%2f..%2fpackage.json', 'swagger-ui.css.map']) {
      expect((await send(`${pair.orderUrl}/docs/assets/${path}`, 'GET')).status, path).to.equal(404);
    }
  });

  it('given the contract, then it is the same below /v1, and names the token endpoint of the issuer', async () => {
    const { body } = await send(`${pair.orderUrl}/openapi.json`, 'GET');
    expect((await send(`${pair.orderUrl}/v1/openapi.json`, 'GET')).body).to.deep.equal(body);
    const delivery = await send(`${pair.deliveryUrl}/openapi.json`, 'GET');
    const flow = delivery.body.components.securitySchemes.oauth2.flows.clientCredentials;
    expect(flow.tokenUrl).to.equal('http://localhost:3001/auth/token');
  });
});
