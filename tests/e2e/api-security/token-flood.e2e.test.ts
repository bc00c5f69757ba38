import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { hashSecret } from '../../../src/shared/auth/client-secret';
import { type ApiResponse, send } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { eventually } from '../../support/eventually';
import { millisecondsOf } from '../../support/machine-speed';
import { basic, bearer, postForm } from '../../support/oauth';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const FLOODER = '203.0.113.1';
const OTHER = '203.0.113.2';
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const GRANT = { grant_type: 'client_credentials' };

describe('API security: a flood of checks of secrets without a digest', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  const count = countCases('flood');
  afterEach(() => count());
  beforeEach(async () => {
    pair = await startServicePair({ variables: { TRUSTED_PROXIES: 'loopback' } });
    await withoutDigest('demo-client');
  });
  afterEach(() => pair.stop());

  /** As before the first use of the secret. */
  const withoutDigest = (clientId: string) =>
    rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      'UPDATE clients SET secret_digest = NULL WHERE client_id = $1',
      [clientId],
    );

  const ask = (clientId: string, secret: string, from: string) =>
    postForm(`${pair.orderUrl}/auth/token`, GRANT, { ...basic(clientId, secret), 'X-Forwarded-For': from });
  const statusesOf = (answers: ApiResponse[]): number[] => answers.map(({ status }) => status);

  /** Metrics of the authentication attempts since the start of the service. */
  async function outcomes(): Promise<Record<string, number>> {
    const { token } = await pair.client('demo-operator');
    const { text } = await send(`${pair.orderUrl}/metrics`, 'GET', undefined, bearer(token));
    const lines = [...text.matchAll(/^client_authentications_total{outcome="(\w+)".*} (\d+)$/gm)];
    return Object.fromEntries(lines.map(([, outcome, times]) => [outcome, Number(times)]));
  }

  it('given many guesses at once, then at most ten are compared, the others are refused, and another address is served', async () => {
    const guesses = [...Array(200)].map((_, n) => ask('demo-client', `guess-${n}`, FLOODER));
    const other = await ask('demo-client', 'demo-secret', OTHER);
    expect(other.status).to.equal(200);
    const answers = await Promise.all(guesses);
    const statuses = statusesOf(answers);
    expect(statuses.filter((status) => status === 401).length).to.be.within(1, 10);
    expect(statuses.every((status) => [401, 429, 503].includes(status))).to.equal(true);
    for (const { status, body, headers } of answers.filter((answer) => answer.status !== 401)) {
      expect(body.error, String(status)).to.equal('temporarily_unavailable');
      expect(Number(headers.get('retry-after'))).to.be.within(1, 60);
    }
    expect(statuses).to.include(503);
    const { overloaded = 0, too_many_wrong_secrets = 0, wrong_secret } = await outcomes();
    expect(wrong_secret).to.be.at.most(10);
    expect(overloaded + too_many_wrong_secrets).to.equal(200 - wrong_secret!);
  });

  it('given the same wrong secret many times at once, then every attempt counts', async () => {
    const answers = await Promise.all([...Array(40)].map(() => ask('demo-client', 'guess', FLOODER)));
    expect(statusesOf(answers).filter((status) => status === 401).length).to.be.within(1, 10);
    expect((await ask('demo-client', 'demo-secret', FLOODER)).status).to.equal(429);
  });

  it('given many right secrets at once, then each gets a token or 503 with Retry-After, and none counts as a guess', async () => {
    const answers = await Promise.all([...Array(120)].map(() => ask('demo-client', 'demo-secret', FLOODER)));
    expect(answers.every(({ status }) => [200, 503].includes(status))).to.equal(true);
    expect(statusesOf(answers).filter((status) => status === 200).length).to.be.at.least(50);
    expect((await ask('demo-client', 'demo-secret', FLOODER)).status).to.equal(200);
  });

  it('given callers that disconnect while they wait, then their secrets are never compared', async () => {
    await rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      `INSERT INTO clients (client_id, scopes, secret_hash)
       SELECT 'nobody-' || n, '{}', secret_hash FROM clients, generate_series(0, 29) n WHERE client_id = 'demo-client'`,
    );
    const guesses = [...Array(30)].map((_, n) => {
      const request = httpRequest(`${pair.orderUrl}/auth/token`, {
        method: 'POST',
        agent: false,
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          ...basic(`nobody-${n}`, 'guess'),
          'X-Forwarded-For': FLOODER,
        },
      });
      request.on('error', () => undefined);
      request.end('grant_type=client_credentials');
      return request;
    });
    await Promise.all(guesses.map((request) => once(request, 'finish')));
    await ask('demo-client', 'demo-secret', OTHER);
    for (const request of guesses) request.destroy();
    await eventually(async () => {
      const { caller_gone = 0, wrong_secret = 0 } = await outcomes();
      expect(caller_gone + wrong_secret).to.equal(30);
      expect(caller_gone).to.be.above(0);
    });
  });

  it('given wrong secrets at introspection and revocation, then they count like those at the token endpoint', async () => {
    const from = { 'X-Forwarded-For': FLOODER };
    for (let n = 0; n < 5; n += 1) {
      for (const path of ['introspect', 'revoke']) {
        const headers = { ...basic('demo-client', `guess-${n}`), ...from };
        const answer = await postForm(`${pair.orderUrl}/auth/${path}`, { token: 'x' }, headers);
        expect(answer.status).to.equal(401);
      }
    }
    expect((await ask('demo-client', 'demo-secret', FLOODER)).status).to.equal(429);
    expect((await ask('demo-client', 'demo-secret', OTHER)).status).to.equal(200);
  });

  it('given the flood, then a client whose secret has a digest gets its tokens, and unknown clients their refusal, without waiting', async () => {
    const guesses = [...Array(60)].map((_, n) => ask('demo-client', `guess-${n}`, `203.0.113.${n % 6}`));
    const others = [...Array(60)].map((_, n) =>
      n % 2 === 0 ? ask('demo-other', 'demo-secret', OTHER) : ask(`nobody-${n}`, 'guess', OTHER),
    );
    const answers = statusesOf(await Promise.all(others));
    expect(answers).to.deep.equal([...Array(60)].map((_, n) => (n % 2 === 0 ? 200 : 401)));
    const statuses = statusesOf(await Promise.all(guesses));
    expect(statuses.every((status) => [401, 429, 503].includes(status))).to.equal(true);
  });

  it('given many registrations at once, then the same limits apply', async () => {
    const { token } = await pair.client('demo-operator');
    const [answers, other] = await Promise.all([
      Promise.all(
        [...Array(70)].map(() =>
          send(`${pair.orderUrl}/clients`, 'POST', { scopes: ['order:read'] }, bearer(token)),
        ),
      ),
      ask('demo-client', 'demo-secret', OTHER),
    ]);
    expect(other.status).to.equal(200);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).to.be.within(1, 69);
    for (const { status, body, headers } of refused)
      expect([status, body.code, headers.get('retry-after')]).to.deep.equal([503, 'unavailable', '1']);
  });
});

describe('API security: a flood of wrong secrets and unknown clients', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({ variables: { TRUSTED_PROXIES: 'loopback' } });
  });
  after(() => pair.stop());

  const ask = async (clientId: string, secret: string, from: string): Promise<number> => {
    const headers = { ...basic(clientId, secret), 'X-Forwarded-For': from };
    return (await postForm(`${pair.orderUrl}/auth/token`, GRANT, headers)).status;
  };

  it('given many guesses at once from one address, with the right secret in the middle, then ten are answered 401 and all others 429', async () => {
    const from = '203.0.113.7';
    const statuses = await Promise.all(
      [...Array(200)].map((_, n) => ask('demo-client', n === 100 ? 'demo-secret' : `guess-${n}`, from)),
    );
    expect(statuses.filter((status) => status === 401)).to.have.length(10);
    expect(statuses.filter((status) => status === 429)).to.have.length(190);
    expect(await ask('demo-client', 'demo-secret', OTHER)).to.equal(200);
  });

  it('given guesses from many addresses, for clients that exist and that do not, then nobody with the right secret is refused', async () => {
    const guesses = [...Array(300)].map((_, n) =>
      ask(n % 2 === 0 ? 'demo-client' : `nobody-${n}`, `guess-${n}`, `198.51.100.${n % 200}`),
    );
    const right = [...Array(100)].map((_, n) =>
      ask(n % 2 === 0 ? 'demo-client' : 'demo-other', 'demo-secret', OTHER),
    );
    expect(new Set(await Promise.all(right))).to.deep.equal(new Set([200]));
    expect(new Set(await Promise.all(guesses))).to.deep.equal(new Set([401]));
  });

  it('given an unknown client, a disabled one and a wrong secret, then the answers are equal, and none takes a slow hash', async () => {
    const url = pair.environment['ORDER_DATABASE_URL']!;
    await rowsOf(url, `UPDATE clients SET disabled_at = now() WHERE client_id = 'demo-operator'`);
    const answers = new Set<string>();
    const took: number[] = [];
    const slowHashes: number[] = [];
    for (let n = 0; n < 15; n += 1) {
      for (const clientId of ['nobody', 'demo-operator', 'demo-client']) {
        const headers = { ...basic(clientId, 'guess'), 'X-Forwarded-For': `192.0.2.${n}` };
        const guess = async (): Promise<void> => {
          const { status, text } = await postForm(`${pair.orderUrl}/auth/token`, GRANT, headers);
          answers.add(`${status} ${text}`);
        };
        took.push(await millisecondsOf(guess));
      }
      slowHashes.push(await millisecondsOf(() => hashSecret('guess')));
    }
    expect([...answers]).to.have.length(1);
    expect([...answers][0]).to.match(/^401 .*invalid_client/);
    expect(median(took)).to.be.below(median(slowHashes));
  });
});

describe('API security: the quota of introspection', () => {
  it('given requests with a secret or an invalid bearer token, then they count against the address; requests with a valid token never count', async () => {
    const pair = await startServicePair({
      variables: { RATE_LIMIT_PER_MINUTE: '4', TRUSTED_PROXIES: 'loopback' },
    });
    try {
      const { token } = await pair.client('demo-client');
      const introspect = async (headers: Record<string, string>, from: string) =>
        postForm(`${pair.orderUrl}/auth/introspect`, { token }, { ...headers, 'X-Forwarded-For': from });
      const statuses: number[] = [];
      for (const headers of [basic('demo-client', 'demo-secret'), bearer('x.y.z'), {}, {}, {}])
        statuses.push((await introspect(headers, FLOODER)).status);
      expect(statuses).to.deep.equal([200, 401, 401, 401, 429]);
      for (let n = 0; n < 10; n += 1) expect((await introspect(bearer(token), FLOODER)).status).to.equal(200);
    } finally {
      await pair.stop();
    }
  });
});
