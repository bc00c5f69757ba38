import { expect } from 'chai';
import { orderServiceScopes } from '../../../src/order-service/composition';
import { send } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { basic, postForm } from '../../support/oauth';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const GOOD = { grant_type: 'client_credentials', client_id: 'demo-client', client_secret: 'demo-secret' };
const FORM = new URLSearchParams(GOOD).toString();
const GRANT = { grant_type: 'client_credentials' };

type Request = [body: Record<string, string> | string, headers?: Record<string, string>, query?: string];

const REFUSED: [name: string, request: Request, status: number, error: string][] = [
  ['nothing', [{}], 400, 'invalid_request'],
  ['no grant type', [{ client_id: 'demo-client', client_secret: 'demo-secret' }], 400, 'invalid_request'],
  ['no secret', [{ ...GRANT, client_id: 'demo-client' }], 400, 'invalid_request'],
  ['an empty client', [{ ...GOOD, client_id: '' }], 400, 'invalid_request'],
  ['a parameter twice', [`${FORM}&client_id=other`], 400, 'invalid_request'],
  ['the same scope parameter twice', [`${FORM}&scope=order:read&scope=order:read`], 400, 'invalid_request'],
  ['two ways of authentication', [GOOD, basic('demo-client', 'demo-secret')], 400, 'invalid_request'],
  [
    'Basic for one client and client_id of another',
    [{ ...GRANT, client_id: 'demo-other' }, basic('demo-client', 'demo-secret')],
    400,
    'invalid_request',
  ],
  ['the credentials in the query', [GRANT, {}, `?${FORM}`], 400, 'invalid_request'],
  [
    'a secret in the query and the rest in the body',
    [GOOD, {}, '?client_secret=demo-secret'],
    400,
    'invalid_request',
  ],
  ['a body that is not JSON', ['{', { 'Content-Type': 'application/json' }], 400, 'invalid_request'],
  ['JSON that is not an object', ['[1]', { 'Content-Type': 'application/json' }], 400, 'invalid_request'],
  [
    'a secret that is not text',
    [JSON.stringify({ ...GOOD, client_secret: 1 }), { 'Content-Type': 'application/json' }],
    400,
    'invalid_request',
  ],
  ['another type of body', [FORM, { 'Content-Type': 'text/plain' }], 400, 'invalid_request'],
  ['a body of 11 kB', [`${FORM}&x=${'x'.repeat(11_000)}`], 400, 'invalid_request'],
  ['a form that is not UTF-8', [`${FORM}&scope=%FF`], 400, 'invalid_request'],
  ['a surrogate in a form', [`${FORM}&scope=%ED%A0%80`], 400, 'invalid_request'],
  ['a percent sign alone', [`${FORM}&x=100%`], 400, 'invalid_request'],
  [
    'another charset',
    [FORM, { 'Content-Type': 'application/x-www-form-urlencoded; charset=latin1' }],
    400,
    'invalid_request',
  ],
  ['a query that is not UTF-8', [FORM, {}, '?x=%FF'], 400, 'invalid_request'],
  ['21 parameters', [`${FORM}&${[...Array(18)].map((_, n) => `p${n}=1`).join('&')}`], 400, 'invalid_request'],
  ['null', ['null', { 'Content-Type': 'application/json' }], 400, 'invalid_request'],
  ['a name of 9 kB twice', [`${'"é'.repeat(2_000)}=1&${'"é'.repeat(2_000)}=2`], 400, 'invalid_request'],
  [
    'Basic that is not UTF-8',
    [GRANT, { Authorization: `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}` }],
    401,
    'invalid_client',
  ],
  ['Basic with a secret that is not UTF-8', [GRANT, basic('demo-client', '%FF')], 401, 'invalid_client'],
  ['another grant type', [{ ...GOOD, grant_type: 'password' }], 400, 'unsupported_grant_type'],
  [
    'a refresh token',
    [{ ...GOOD, grant_type: 'refresh_token', refresh_token: 'x' }],
    400,
    'unsupported_grant_type',
  ],
  ['an unknown client', [{ ...GOOD, client_id: 'nobody' }], 401, 'invalid_client'],
  ['a wrong secret', [{ ...GOOD, client_secret: 'guess' }], 401, 'invalid_client'],
  ['a client id with NUL', [{ ...GOOD, client_id: 'demo\u0000client' }], 400, 'invalid_request'],
  ['a client id with NUL by Basic', [GRANT, basic('demo%00client', 'x')], 401, 'invalid_client'],
  ['a wrong secret by Basic', [GRANT, basic('demo-client', 'guess')], 401, 'invalid_client'],
  ['Basic that cannot be read', [GRANT, { Authorization: 'Basic ???' }], 401, 'invalid_client'],
  [
    'a scope that the client does not have',
    [{ ...GOOD, scope: 'order:read ops:manage' }],
    400,
    'invalid_scope',
  ],
  ['a scope that does not exist', [{ ...GOOD, scope: 'everything' }], 400, 'invalid_scope'],
  ['a scope with a quote', [{ ...GOOD, scope: 'order:read"' }], 400, 'invalid_scope'],
];

describe('API security: POST /auth/token', () => {
  let pair: ServicePair;
  let url: string;
  const count = countCases('token endpoint');
  afterEach(() => count());
  before(async () => {
    pair = await startServicePair();
    url = `${pair.orderUrl}/auth/token`;
  });
  after(async () => {
    await pair.stop();
  });

  it('given valid credentials as a form, then a token with all scopes of the client, with no-store', async () => {
    const { status, headers, body } = await postForm(url, GOOD);
    expect(status).to.equal(200);
    expect(body).to.include({ token_type: 'Bearer', expires_in: 86_400 });
    expect(body).not.to.have.property('refresh_token');
    expect(body.scope).to.equal(orderServiceScopes.ofShops.join(' '));
    expect([headers.get('cache-control'), headers.get('pragma')]).to.deep.equal(['no-store', 'no-cache']);
  });

  it('given valid credentials by HTTP Basic, form-encoded as the standard requires, or as JSON, then a token', async () => {
    expect((await postForm(url, GRANT, basic('demo-client', 'demo-secret'))).status).to.equal(200);
    expect((await postForm(url, GRANT, basic('demo%2Dclient', 'demo%2Dsecret'))).status).to.equal(200);
    expect((await send(url, 'POST', GOOD)).status).to.equal(200);
    expect((await postForm(url, { ...GOOD, unknown: 'ignored' })).status).to.equal(200);
  });

  it('given a narrower scope, then the token has only that scope', async () => {
    const { body } = await postForm(url, { ...GOOD, scope: 'order:read' });
    expect(body.scope).to.equal('order:read');
    const authorization = { Authorization: `Bearer ${body.access_token}` };
    const answer = await send(`${pair.orderUrl}/orders`, 'POST', {}, authorization);
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
  });

  for (const [name, [body, headers, query = ''], status, error] of REFUSED) {
    it(`given ${name}, then ${status} ${error}, in the format of RFC 6749`, async () => {
      const answer = await postForm(url + query, body, headers);
      expect([answer.status, answer.body.error]).to.deep.equal([status, error]);
      expect(Object.keys(answer.body as object)).to.have.members(['error', 'error_description']);
      expect(answer.body.error_description).to.match(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,300}$/);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      const challenge = answer.headers.get('www-authenticate') ?? '';
      expect(challenge.startsWith('Basic')).to.equal(
        status === 401 && headers?.['Authorization'] !== undefined,
      );
    });
  }

  it('given an unknown client and a wrong secret, then the answers are the same', async () => {
    const unknown = await postForm(url, { ...GOOD, client_id: 'nobody' });
    const wrong = await postForm(url, { ...GOOD, client_secret: 'guess' });
    expect(unknown.text).to.equal(wrong.text);
  });

  it('given another method, then 405 with Allow', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, headers } = await send(url, method);
      expect([status, headers.get('allow')], method).to.deep.equal([405, 'POST']);
    }
  });
});
