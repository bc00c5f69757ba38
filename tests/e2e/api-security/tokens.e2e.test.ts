import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { send } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { eventually } from '../../support/eventually';
import { forger, type Forger } from '../../support/forged-tokens';
import { limitHere } from '../../support/machine-speed';
import { basic, bearer, postForm } from '../../support/oauth';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const ID = '0190a0a0-0000-7000-8000-00000000000a';
const NAMES = forger('http://localhost:3001', 'order-processing-system', 'demo-client').refused.map(
  ([name]) => name,
);

describe('API security: access tokens at both services', () => {
  let pair: ServicePair;
  let listener: Server;
  let heard: (string | undefined)[];
  let tokens: Forger;
  const count = countCases('access token');
  afterEach(() => count());
  before(async () => {
    heard = [];
    listener = createServer((request, response) => {
      heard.push(request.url);
      response.end('{"keys":[]}');
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    tokens = forger('http://localhost:3001', 'order-processing-system', 'demo-client', url);
    pair = await startServicePair();
  });
  after(async () => {
    listener.close();
    await pair.stop();
  });

  const readBoth = (token: string) =>
    Promise.all([
      send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, bearer(token)),
      send(`${pair.deliveryUrl}/shipments/${ID}`, 'GET', undefined, bearer(token)),
    ]);

  it('given a valid token of the same signer, then both services accept it', async () => {
    const answers = await readBoth(tokens.forge(tokens.claims()));
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 404]);
  });

  for (const [index, name] of NAMES.entries()) {
    it(`given a token with ${name}, then both services answer 401 without details`, async () => {
      const answers = await readBoth(tokens.refused[index]![1]());
      for (const { status, body, headers } of answers) {
        expect([status, body.code]).to.deep.equal([401, 'invalid_token']);
        expect(body.detail).to.equal('the access token is not valid or has expired');
        expect(headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
      }
    });
  }

  it('given all tokens above, then no service requested a URL from a token header', () => {
    expect(heard).to.deep.equal([]);
  });

  it('given a valid token in the query, in a cookie or with another scheme, then 401', async () => {
    const { token } = await pair.client();
    const tries: [path: string, headers: Record<string, string>][] = [
      [`/orders/${ID}?access_token=${token}`, {}],
      [`/orders/${ID}`, { Cookie: `access_token=${token}` }],
      [`/orders/${ID}`, { Authorization: `Token ${token}` }],
      [`/orders/${ID}`, { Authorization: token }],
    ];
    for (const [path, headers] of tries)
      expect((await send(pair.orderUrl + path, 'GET', undefined, headers)).status).to.equal(401);
  });

  it('given a token of a client that does not exist, then 401 at the Order Service', async () => {
    const unknown = tokens.forge({ ...tokens.claims(), sub: 'nobody', client_id: 'nobody' });
    expect((await readBoth(unknown)).map(({ status }) => status)).to.deep.equal([401, 401]);
  });

  it('given a token that claims more scopes than its client has, then it has only those', async () => {
    const raised = tokens.forge({
      ...tokens.claims(),
      scope: 'order:read order:manage client:manage ops:manage',
    });
    const answer = await send(`${pair.orderUrl}/clients`, 'GET', undefined, bearer(raised));
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
  });

  it('given a revoked token, then both services refuse it within five seconds, and accept other tokens', async () => {
    const [revoked, kept] = [await pair.client(), await pair.client()];
    const limitMs = await limitHere(5_000, async () => {
      const before = await readBoth(revoked.token);
      expect(before.map(({ status }) => status)).to.deep.equal([404, 404]);
    });
    const credentials = basic('demo-client', 'demo-secret');
    await postForm(`${pair.orderUrl}/auth/revoke`, { token: revoked.token }, credentials);
    await eventually(async () => {
      const answers = await readBoth(revoked.token);
      expect(answers.map(({ status }) => status)).to.deep.equal([401, 401]);
    }, limitMs);
    expect((await readBoth(kept.token)).map(({ status }) => status)).to.deep.equal([404, 404]);
  });
});
