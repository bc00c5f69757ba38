import { expect } from 'chai';
import { send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { limitHere } from '../../support/machine-speed';
import { basic, bearer, postForm } from '../../support/oauth';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const ID = '0190a0a0-0000-7000-8000-00000000000a';

describe('introspection, revocation and metadata', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair();
  });
  after(() => pair.stop());

  const tokenOf = async (clientId: string): Promise<string> => (await pair.client(clientId)).token;
  const introspect = (token: string, headers: Record<string, string>) =>
    postForm(`${pair.orderUrl}/auth/introspect`, { token }, headers);
  const revoke = (token: string, headers: Record<string, string>) =>
    postForm(`${pair.orderUrl}/auth/revoke`, { token, token_type_hint: 'access_token' }, headers);
  const demo = basic('demo-client', 'demo-secret');

  it('given a token and its client, then introspection returns its scopes and lifetime', async () => {
    const { status, body } = await introspect(await tokenOf('demo-client'), demo);
    expect(status).to.equal(200);
    expect(body).to.include({
      active: true,
      client_id: 'demo-client',
      sub: 'demo-client',
      token_type: 'Bearer',
    });
    expect(body.scope).to.contain('order:create');
    expect(body.exp - body.iat).to.equal(86_400);
  });

  it('given a bearer token, then it may introspect itself and tokens of its client; an operator may introspect all', async () => {
    const [mine, other, operator] = [
      await tokenOf('demo-client'),
      await tokenOf('demo-other'),
      await tokenOf('demo-operator'),
    ];
    expect((await introspect(mine, bearer(mine))).body.active).to.equal(true);
    expect((await introspect(mine, bearer(await tokenOf('demo-client')))).body.active).to.equal(true);
    expect((await introspect(mine, bearer(operator))).body.active).to.equal(true);
    expect((await introspect(mine, bearer(other))).text, 'a token of another client').to.equal(
      '{"active":false}',
    );
    expect((await introspect(mine, basic('demo-other', 'demo-secret'))).text).to.equal('{"active":false}');
  });

  it('given text that is not one of our tokens, then it is not active; given no credentials, then 401', async () => {
    const token = await tokenOf('demo-client');
    for (const text of [
      'x',
      `${token}x`,
      `${token} x`,
      `x ${token}`,
      'a.b.c',
      `${token}.${'x'.repeat(5_000)}`,
    ]) {
      expect((await introspect(text, demo)).text).to.equal('{"active":false}');
    }
    expect((await introspect(token, {})).status).to.equal(401);
    expect((await introspect(token, basic('demo-client', 'guess'))).status).to.equal(401);
    const unauthenticated = await introspect(token, bearer('a.b.c'));
    expect([unauthenticated.status, unauthenticated.headers.get('www-authenticate')]).to.deep.equal([
      401,
      'Bearer error="invalid_token"',
    ]);
    expect((await postForm(`${pair.orderUrl}/auth/introspect`, {}, demo)).body.error).to.equal(
      'invalid_request',
    );
  });

  it('given a revoked token, then both services refuse it within five seconds, and accept other tokens', async () => {
    const [token, second] = [await tokenOf('demo-client'), await tokenOf('demo-client')];
    const orders = (with_: string) => send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, bearer(with_));
    const shipments = (with_: string) =>
      send(`${pair.deliveryUrl}/shipments/${ID}`, 'GET', undefined, bearer(with_));
    const limitMs = await limitHere(5_000, async () =>
      expect([(await orders(token)).status, (await shipments(token)).status]).to.deep.equal([404, 404]),
    );
    const { status, text } = await revoke(token, demo);
    expect([status, text]).to.deep.equal([200, '']);
    await eventually(async () => expect((await orders(token)).status).to.equal(401), limitMs);
    await eventually(async () => expect((await shipments(token)).status).to.equal(401), limitMs);
    expect((await introspect(token, demo)).body).to.deep.equal({ active: false });
    expect([(await orders(second)).status, (await shipments(second)).status]).to.deep.equal([404, 404]);
  });

  it('given a token of another client, or text that is not a token, then revocation answers 200 without effect', async () => {
    const token = await tokenOf('demo-client');
    expect((await revoke(token, basic('demo-other', 'demo-secret'))).status).to.equal(200);
    expect((await introspect(token, demo)).body.active).to.equal(true);
    expect((await revoke('nonsense', demo)).status).to.equal(200);
    expect((await revoke(token, {})).status).to.equal(401);
  });

  it('given the metadata, then every endpoint in it exists', async () => {
    const { body } = await send(`${pair.orderUrl}/.well-known/oauth-authorization-server`, 'GET');
    expect(body.issuer).to.equal('http://localhost:3001');
    for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint', 'jwks_uri']) {
      const path = new URL(body[name] as string).pathname;
      const { status } = await send(pair.orderUrl + path, name === 'jwks_uri' ? 'GET' : 'POST');
      expect(status, name).not.to.equal(404);
    }
  });

  it('given the key set, then it has the public members only, below /v1 too', async () => {
    const { body } = await send(`${pair.orderUrl}/.well-known/jwks.json`, 'GET');
    expect(body.keys).to.have.length(1);
    expect(Object.keys(body.keys[0] as object)).to.have.members(['kty', 'n', 'e', 'kid', 'use', 'alg']);
    expect((await send(`${pair.orderUrl}/v1/.well-known/jwks.json`, 'GET')).body).to.deep.equal(body);
  });
});
