import { expect } from 'chai';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { bearerClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { exchange } from '../../support/raw-http';
import { testInfrastructure } from '../../support/mocha-hooks';
import { silentLogger, startServicePair, type ServicePair } from '../../support/service-pair';

const ID = '0190a0a0-0000-7000-8000-00000000000a';

describe('quotas', () => {
  let pair: ServicePair;
  beforeEach(async () => {
    pair = await startServicePair({ variables: { RATE_LIMIT_PER_MINUTE: '6', TRUSTED_PROXIES: 'loopback' } });
  });
  afterEach(() => pair.stop());

  const from = (address: string): Record<string, string> => ({ 'X-Forwarded-For': address });
  async function statuses(times: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
    const found: number[] = [];
    for (let n = 0; n < times; n += 1) found.push((await ask()).status);
    return found;
  }

  it('given more requests of a client than its quota, then 429 with Retry-After; other clients are served', async () => {
    const shop = await pair.client('demo-client');
    const first = await shop.get(`/orders/${ID}`);
    expect(first.headers.get('ratelimit-policy')).to.match(/q=6; w=60/);
    expect(first.headers.get('ratelimit')).to.match(/r=5; t=\d+/);
    expect(await statuses(6, () => shop.get(`/orders/${ID}`))).to.deep.equal([404, 404, 404, 404, 404, 429]);
    const refused = await shop.get(`/orders/${ID}`, from('203.0.113.77'));
    expect([refused.status, refused.body.code]).to.deep.equal([429, 'quota_exceeded']);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    const other = await pair.client('demo-other');
    expect((await other.get(`/orders/${ID}`)).status).to.equal(404);
    expect(
      (await bearerClient(pair.deliveryUrl, shop.token).get(`/shipments/${ID}`)).status,
      'its own quota',
    ).to.equal(404);
  });

  it('given requests without a valid token, then they count against their address, also at the token endpoint', async () => {
    const ask = (address: string) =>
      send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, {
        ...from(address),
        Authorization: 'Bearer x',
      });
    expect(await statuses(7, () => ask('203.0.113.1'))).to.deep.equal([401, 401, 401, 401, 401, 401, 429]);
    expect((await send(`${pair.orderUrl}/auth/token`, 'POST', {}, from('203.0.113.1'))).status).to.equal(429);
    expect((await ask('203.0.113.2')).status).to.equal(401);
    const ipv6 = await statuses(7, () => ask(`2001:db8::${Math.floor(Math.random() * 9_999)}`));
    expect(ipv6.at(-1), 'addresses of one IPv6 network count together').to.equal(429);
  });

  it('given probes, then they are never counted', async () => {
    expect(await statuses(10, () => send(`${pair.orderUrl}/health/live`, 'GET'))).to.deep.equal(
      Array(10).fill(200),
    );
  });

  it('given two instances, then they share the quota; given Redis down, then each counts separately, and together again after the outage', async () => {
    const second: OrderService = composeOrderService(
      readOrderServiceConfig({ ...pair.environment, ORDER_SERVICE_PORT: '0' }),
      { logger: silentLogger },
    );
    await startService(second);
    const infrastructure = await testInfrastructure();
    const shop = await pair.client('demo-client');
    const urls = [pair.orderUrl, `http://127.0.0.1:${second.http.port()}`];
    const askBoth = async (times: number): Promise<number[]> =>
      (
        await Promise.all(
          urls.map((url) => statuses(times, () => bearerClient(url, shop.token).get(`/orders/${ID}`))),
        )
      ).flat();
    const refusals = (found: number[]): number => found.filter((status) => status === 429).length;
    try {
      expect(refusals(await askBoth(5))).to.equal(10 - 6);
      await infrastructure.stopRedis();
      expect(refusals(await askBoth(8)), 'six for each').to.equal(16 - 12);
    } finally {
      await infrastructure.startRedis();
    }
    await eventually(async () => expect(refusals(await askBoth(1))).to.be.below(2));
    await stopService(second);
  });
});

describe('trusted proxies and CORS', () => {
  it('given no trusted proxy, then X-Forwarded-For changes nothing', async () => {
    const pair = await startServicePair({ variables: { RATE_LIMIT_PER_MINUTE: '3' } });
    const ask = (n: number) =>
      send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, { 'X-Forwarded-For': `203.0.113.${n}` });
    const found = [];
    for (let n = 0; n < 4; n += 1) found.push((await ask(n)).status);
    await pair.stop();
    expect(found).to.deep.equal([401, 401, 401, 429]);
  });

  it('given an allow-list of origins, then only their pages may call, and read the headers they need', async () => {
    const pair = await startServicePair({
      variables: { CORS_ORIGINS: 'https://shop.example, http://localhost:8080' },
    });
    const preflight = (origin: string) =>
      send(`${pair.orderUrl}/orders`, 'OPTIONS', undefined, {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,idempotency-key',
      });
    const allowed = await preflight('https://shop.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).to.deep.equal([
      204,
      'https://shop.example',
    ]);
    expect(allowed.headers.get('access-control-allow-headers')).to.match(/Authorization.*Idempotency-Key/);
    const simple = await send(`${pair.orderUrl}/orders`, 'GET', undefined, {
      Origin: 'http://localhost:8080',
    });
    expect(simple.headers.get('access-control-expose-headers')).to.contain('ETag');
    for (const origin of ['https://evil.example', 'https://shop.example.evil.example', 'null']) {
      const { headers } = await preflight(origin);
      expect(headers.get('access-control-allow-origin'), origin).to.equal(null);
    }
    await pair.stop();
  });

  it('given an allow-list of origins, then every answer has Vary: Origin, for any caller and status', async () => {
    const pair = await startServicePair({ variables: { CORS_ORIGINS: 'https://shop.example' } });
    const shop = await pair.client();
    const port = Number(new URL(pair.orderUrl).port);
    for (const url of [pair.orderUrl, pair.deliveryUrl])
      for (const origin of [{}, { Origin: 'https://shop.example' }, { Origin: 'https://evil.example' }]) {
        const headers: Record<string, string> = { ...origin };
        const known = url === pair.orderUrl ? '/orders' : '/shipments';
        const answers = [
          await send(`${url}/health/live`, 'GET', undefined, headers),
          await send(`${url}/nowhere`, 'GET', undefined, headers),
          await send(url + known, 'GET', undefined, headers),
          await send(url + known, 'DELETE', undefined, headers),
          await send(`${url}/%E0%A4%A`, 'GET', undefined, headers),
          await send(`${url}/docs/errors.md`, 'GET', undefined, headers),
          await send(url + known, 'OPTIONS', undefined, {
            ...headers,
            'Access-Control-Request-Method': 'POST',
          }),
        ];
        for (const { status, headers: answered } of answers)
          expect(answered.get('vary'), `${url} ${status} ${JSON.stringify(origin)}`).to.match(/\bOrigin\b/);
      }
    const tooLarge = await shop.post('/orders', { x: 'x'.repeat(200_000) });
    expect([tooLarge.status, tooLarge.headers.get('vary')]).to.deep.equal([413, 'Origin']);
    const page = await shop.get('/orders', { 'If-None-Match': '*' });
    expect(page.headers.get('vary')).to.equal('Origin');
    expect(
      await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n'),
    ).to.match(/\r\nVary: Origin\r\n/);
    expect(await exchange(port, 'no HTTP\r\n\r\n')).to.match(/\r\nVary: Origin\r\n/);
    await pair.stop();
  });

  it('given no allow-list, then no CORS header at all', async () => {
    const pair = await startServicePair();
    const { headers } = await send(`${pair.orderUrl}/health/live`, 'GET', undefined, {
      Origin: 'https://shop.example',
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    await pair.stop();
  });
});
