import { expect } from 'chai';
import { type ApiResponse } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { testInfrastructure } from '../../support/mocha-hooks';
import { postForm } from '../../support/oauth';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const credentials = (client_id: string, client_secret: string) => ({
  grant_type: 'client_credentials',
  client_id,
  client_secret,
});

describe('API security: guessing secrets', function () {
  this.timeout(90_000);
  let pair: ServicePair;
  let url: string;
  const count = countCases('guessing');
  afterEach(() => count());
  beforeEach(async () => {
    pair = await startServicePair({ variables: { TRUSTED_PROXIES: 'loopback' } });
    url = `${pair.orderUrl}/auth/token`;
  });
  afterEach(() => pair.stop());

  /** Repeats the request after Retry-After when too many requests wait. */
  const ask = async (clientId: string, secret: string, from = '203.0.113.1'): Promise<ApiResponse> => {
    const answer = await postForm(url, credentials(clientId, secret), { 'X-Forwarded-For': from });
    return answer.status === 503 ? ask(clientId, secret, from) : answer;
  };

  async function guess(times: number, clientId: string, from?: string): Promise<number[]> {
    const statuses: number[] = [];
    for (let n = 0; n < times; n += 1) statuses.push((await ask(clientId, `guess-${n}`, from)).status);
    return statuses;
  }

  it('given ten wrong secrets in a minute, then the client is locked for that address, but not for other addresses, and no other client is locked', async () => {
    expect(await guess(10, 'demo-client')).to.deep.equal(Array(10).fill(401));
    const closed = await ask('demo-client', 'demo-secret');
    expect([closed.status, closed.body.error]).to.deep.equal([429, 'temporarily_unavailable']);
    expect(Number(closed.headers.get('retry-after'))).to.be.within(1, 60);
    expect((await ask('demo-other', 'demo-secret')).status, 'another client').to.equal(200);
    expect((await ask('demo-client', 'demo-secret', '203.0.113.2')).status, 'another address').to.equal(200);
  });

  it('given thirty guesses at once with the right secret among them, then only about ten are compared', async () => {
    const answers = await Promise.all([...Array(30)].map((_, n) => ask('demo-client', `guess-${n}`)));
    expect(answers.every(({ status }) => status === 401 || status === 429)).to.equal(true);
    expect((await ask('demo-client', 'demo-secret')).status).to.equal(429);
  });

  it('given guesses for many clients from one address, then the address is locked after a hundred', async () => {
    for (let n = 0; n < 100; n += 20) {
      await Promise.all([...Array(20)].map((_, k) => ask(`nobody-${n + k}`, 'guess')));
    }
    expect((await ask('demo-client', 'demo-secret')).status).to.equal(429);
    expect((await ask('demo-client', 'demo-secret', '203.0.113.2')).status).to.equal(200);
  });

  it('given any number of right secrets, then none counts', async () => {
    const answers = await Promise.all([...Array(25)].map(() => ask('demo-client', 'demo-secret')));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(25).fill(200));
  });

  it('given Redis down, then guesses are still counted, without delay', async () => {
    const infrastructure = await testInfrastructure();
    await infrastructure.stopRedis();
    try {
      expect(await guess(10, 'demo-client')).to.deep.equal(Array(10).fill(401));
      expect((await ask('demo-client', 'demo-secret')).status).to.equal(429);
      expect((await ask('demo-other', 'demo-secret')).status).to.equal(200);
    } finally {
      await infrastructure.startRedis();
    }
  });
});
