import { expect } from 'chai';
import { send } from '../support/api-client';
import { startServicePair, type ServicePair } from '../support/service-pair';

const GOOD = { grant_type: 'client_credentials', client_id: 'demo-client', client_secret: 'demo-secret' };

const REFUSED: [name: string, body: object, status: number, error: string][] = [
  ['nothing', {}, 400, 'invalid_request'],
  ['no secret', { ...GOOD, client_secret: undefined }, 400, 'invalid_request'],
  ['an empty client', { ...GOOD, client_id: '' }, 400, 'invalid_request'],
  ['another grant type', { ...GOOD, grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ['an unknown client', { ...GOOD, client_id: 'nobody' }, 401, 'invalid_client'],
  ['a wrong secret', { ...GOOD, client_secret: 'guess' }, 401, 'invalid_client'],
  [
    'a scope that the client does not have',
    { ...GOOD, scope: 'order:read ops:manage' },
    400,
    'invalid_scope',
  ],
];

describe('POST /auth/token', () => {
  let pair: ServicePair;
  let url: string;
  before(async () => {
    pair = await startServicePair();
    url = `${pair.orderUrl}/auth/token`;
  });
  after(() => pair.stop());

  const form = (text: string) =>
    send(url, 'POST', text, { 'Content-Type': 'application/x-www-form-urlencoded' });

  it('given good credentials as a form, then a token with all scopes of the client, not to be cached', async () => {
    const { status, headers, body } = await form(new URLSearchParams(GOOD).toString());
    expect(status).to.equal(200);
    expect(body).to.include({ token_type: 'Bearer', expires_in: 86_400 });
    expect(body.scope).to.equal('order:create order:read order:cancel shipment:read webhook:manage');
    expect([headers.get('cache-control'), headers.get('pragma')]).to.deep.equal(['no-store', 'no-cache']);
  });

  it('given a narrower scope, then the token has no more than that', async () => {
    const { body } = await send(url, 'POST', { ...GOOD, scope: 'order:read' });
    expect(body.scope).to.equal('order:read');
    const answer = await send(
      `${pair.orderUrl}/orders`,
      'POST',
      {},
      { Authorization: `Bearer ${body.access_token}` },
    );
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
  });

  for (const [name, body, status, error] of REFUSED) {
    it(`given ${name}, then ${status} ${error}, as RFC 6749 writes it`, async () => {
      const answer = await send(url, 'POST', body);
      expect([answer.status, answer.body.error]).to.deep.equal([status, error]);
      expect(Object.keys(answer.body as object)).to.have.members(['error', 'error_description']);
    });
  }

  it('given an unknown client and a wrong secret, then the answers are the same', async () => {
    const unknown = await send(url, 'POST', { ...GOOD, client_id: 'nobody' });
    const wrong = await send(url, 'POST', { ...GOOD, client_secret: 'guess' });
    expect(unknown.text).to.equal(wrong.text);
  });

  it('given a parameter twice, or a body that cannot be read, then invalid_request', async () => {
    for (const text of [
      `${new URLSearchParams(GOOD).toString()}&client_id=other`,
      'x='.repeat(30).replaceAll('=', '=1&'),
    ]) {
      expect((await form(text)).body.error).to.equal('invalid_request');
    }
    const broken = await send(url, 'POST', '{', { 'Content-Type': 'application/json' });
    expect(broken.status).to.equal(400);
  });

  it('given another method, then 405 with Allow', async () => {
    const { status, headers } = await send(url, 'GET');
    expect([status, headers.get('allow')]).to.deep.equal([405, 'POST']);
  });
});
