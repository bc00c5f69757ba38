import { expect } from 'chai';
import { composeOrderService, readOrderServiceConfig } from '../../../src/order-service/composition';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { apiClient } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { orderBody } from '../../support/factories';
import { silentLogger } from '../../support/service-pair';
import { openWebSocket, refusedWebSocket } from '../../support/websocket-client';

describe('WebSockets and the limits and the stop of the service', () => {
  async function start(variables: Record<string, string>) {
    const environment = await testEnvironment(variables);
    const service = composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
    await startService(service);
    return { service, url: environment['ORDER_SERVICE_URL']! };
  }

  it('given a quota, then upgrades count, with a token for its client and without one for the address', async () => {
    const { service, url } = await start({ RATE_LIMIT_PER_MINUTE: '4' });
    const { token } = await apiClient(url, 'demo-client');
    const clients = [];
    for (let count = 0; count < 4; count += 1) clients.push(await openWebSocket(`${url}/ws`, { token }));
    const refusal = await refusedWebSocket(`${url}/ws`, { token });
    expect([refusal.status, refusal.body['code']]).to.deep.equal([429, 'quota_exceeded']);
    expect(refusal.headers).to.have.property('retry-after');
    const statuses = [];
    // The request of the token has counted too.
    for (let count = 0; count < 4; count += 1)
      statuses.push((await refusedWebSocket(`${url}/ws`, { origin: 'https://evil.example' })).status);
    expect(statuses).to.deep.equal([403, 403, 403, 429]);
    clients.forEach(({ socket }) => socket.terminate());
    expect(await stopService(service)).to.equal(true);
  });

  it('given a stop, then each client is told where and when to continue, and another instance continues there', async () => {
    const first = await start({});
    const api = await apiClient(first.url, 'demo-client');
    const clients = await Promise.all(
      [...Array(5)].map(() => openWebSocket(`${first.url}/ws`, { token: api.token })),
    );
    for (const client of clients) {
      client.send({ action: 'subscribe', id: 'all' });
      await client.next('subscribed');
    }
    await api.post('/orders', orderBody());
    await Promise.all(clients.map((client) => client.next('event')));
    const stopped = stopService(first.service);
    const ends = await Promise.all(clients.map((client) => client.next('end')));
    expect(new Set(ends.map(({ retry_ms }) => retry_ms)).size).to.be.above(1);
    for (const client of clients) expect((await client.closed()).code).to.equal(1012);
    expect(await stopped).to.equal(true);
    expect(ends.map(({ code }) => code)).to.deep.equal(Array(5).fill('server_stopping'));
    const events = clients.map(({ messages }) => messages.filter(({ kind }) => kind === 'event'));
    const cursors = events.map(([last]) => last && 'cursor' in last && last.cursor);
    expect(ends.map((end) => end.cursors['all'])).to.deep.equal(cursors);
  });
});
