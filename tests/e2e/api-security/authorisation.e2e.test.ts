import { expect } from 'chai';
import { orderServiceScopes } from '../../../src/order-service/composition';
import { type ApiClient, bearerClient, send } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';
import { ROUTES, SHIPPING } from './routes-of-one';

const UNKNOWN = '0190a0a0-0000-7000-8000-00000000000a';

describe('API security: authorisation', () => {
  let pair: ServicePair;
  let owner: ApiClient;
  let other: ApiClient;
  let operator: ApiClient;
  let without: (scope: string) => Promise<ApiClient>;
  let orderId: string;
  let shipmentId: string;
  const count = countCases(`authorisation (${ROUTES.length} routes)`);
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    [owner, other, operator] = await Promise.all([
      pair.client(),
      pair.client('demo-other'),
      pair.client('demo-operator'),
    ]);
    orderId = (await owner.post('/orders', orderBody())).body.order_id as string;
    shipmentId = await eventually(async () => {
      const { status, body } = await owner.get(`/orders/${orderId}/shipment`);
      expect(status).to.equal(200);
      return body.shipment_id as string;
    });
    const narrow = new Map<string, Promise<ApiClient>>();
    without = (scope) => {
      const known = narrow.get(scope) ?? operatorWithout(scope);
      narrow.set(scope, known);
      return known;
    };
  });
  after(async () => {
    await pair.stop();
  });
  afterEach(() => count());

  /** An operator's token with every scope except that one; if that scope grants access to all orders, without the others that do. */
  async function operatorWithout(scope: string): Promise<ApiClient> {
    const credentials = {
      grant_type: 'client_credentials',
      client_id: 'demo-operator',
      client_secret: 'demo-secret',
    };
    const { body } = await send(`${pair.orderUrl}/auth/token`, 'POST', {
      ...credentials,
      scope: orderServiceScopes.scopes.filter((name) => name !== scope).join(' '),
    });
    return bearerClient(pair.orderUrl, body.access_token as string);
  }

  for (const route of ROUTES) {
    const ask = (
      client: ApiClient | null,
      id?: string,
      headers: Record<string, string> = {},
      method = route.method,
    ) => {
      const base = route.service === 'order' ? pair.orderUrl : pair.deliveryUrl;
      const own = route.service === 'order' ? orderId : shipmentId;
      const authorization: Record<string, string> = client ? { Authorization: `Bearer ${client.token}` } : {};
      return send(base + route.path(id ?? own), method, method === 'GET' ? undefined : route.body, {
        ...authorization,
        ...headers,
      });
    };
    const what = route.service === 'order' ? 'order' : 'shipment';

    describe(route.name, () => {
      it('given no token, then 401', async () => {
        expect((await ask(null)).body.code).to.equal('missing_token');
      });

      it(`given a token without ${route.scope}, then 403 names it, whether the ${what} exists or not`, async () => {
        const client = await without(route.scope);
        for (const id of [undefined, UNKNOWN]) {
          const { status, headers } = await ask(client, id);
          expect([status, headers.get('www-authenticate')]).to.deep.equal([
            403,
            `Bearer error="insufficient_scope", scope="${route.scope}"`,
          ]);
        }
      });

      it(`given another shop, then the answer is the same as for a ${what} that does not exist, or for a missing scope`, async () => {
        const [theirs, nothing] = [await ask(other), await ask(other, UNKNOWN)];
        expect([theirs.status, theirs.body.code]).to.deep.equal(
          route.forOwner ? [404, `${what}_not_found`] : [403, 'insufficient_scope'],
        );
        expect([theirs.body.detail, theirs.body.code]).to.deep.equal([
          nothing.body.detail,
          nothing.body.code,
        ]);
      });

      it('given a malformed id, then 404, never 500', async () => {
        for (const id of [
          '1',
          "'; DROP TABLE orders; --",
          '../clients',
          '%00',
          'x'.repeat(500),
          `${UNKNOWN}0`,
        ]) {
          const { status } = await ask(operator, encodeURIComponent(id));
          expect(status, id).to.equal(404);
        }
      });

      it('given an id that does not exist, then 404 for an operator too', async () => {
        expect((await ask(operator, UNKNOWN)).body.code).to.equal(`${what}_not_found`);
      });

      it('given the owner, then it is allowed, or refused where an operator is required', async () => {
        const { status } = await ask(owner);
        expect(status).to.be.oneOf(route.forOwner ? route.asOperator : [403]);
      });

      it(`given an operator, then it can access the ${what} of every client`, async () => {
        expect((await ask(operator)).status).to.be.oneOf([...route.asOperator]);
      });

      it('given another method, then 405 with Allow', async () => {
        const { status, headers } = await ask(operator, undefined, {}, route.otherMethod);
        expect([status, headers.get('allow')?.split(', ').includes(route.method)]).to.deep.equal([405, true]);
      });
    });
  }

  it('given lists, exports and shipments by order, then another shop sees none of the orders', async () => {
    expect((await other.get('/orders')).body.data).to.deep.equal([]);
    expect((await other.get('/orders/export')).text).to.equal('');
    const theirs = bearerClient(pair.deliveryUrl, other.token);
    expect((await theirs.get(`/shipments?order_id=${orderId}`)).body.data).to.deep.equal([]);
    expect(
      (await bearerClient(pair.deliveryUrl, operator.token).get(`/shipments?order_id=${orderId}`)).body.data,
    ).to.have.length(1);
  });

  it('given a shop that names another actor, then the name is ignored', async () => {
    const { token } = await pair.client('demo-operator');
    const answer = await send(`${pair.deliveryUrl}/shipments/${shipmentId}/shipping`, 'PUT', SHIPPING, {
      Authorization: `Bearer ${token}`,
      'X-Actor': 'somebody-else',
    });
    expect(answer.status).to.be.oneOf([200, 409]);
    const { body } = await bearerClient(pair.deliveryUrl, token).get(`/shipments/${shipmentId}/events`);
    expect(JSON.stringify(body)).not.to.contain('somebody-else');
  });
});
