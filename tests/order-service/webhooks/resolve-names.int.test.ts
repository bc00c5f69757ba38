import { expect } from 'chai';
import { createDnsResolve, type ResolveName } from '../../../src/order-service/webhooks/guarded-connections';
import { createWebhookSender, type SendOutcome } from '../../../src/order-service/webhooks/http-sender';
import { startDnsServer, type Zone } from '../../support/dns-server';
import { startTlsReceiver, TEST_CERTIFICATE } from '../../support/tls-receiver';

const ZONE: Zone = {
  'both.tests.example': { A: ['127.0.0.1', '192.0.2.1'], AAAA: ['2001:db8::1'] },
  'old.tests.example': { A: ['127.0.0.1'] },
  'new.tests.example': { AAAA: ['::1'] },
  'mixed.tests.example': { A: ['127.0.0.1'], AAAA: ['fd00:ec2::254'] },
  'silent.tests.example': 'silent',
};

describe('the resolution of the names of webhooks', () => {
  let server: Awaited<ReturnType<typeof startDnsServer>>;
  let resolve: ResolveName;
  before(async () => {
    server = await startDnsServer(ZONE);
    resolve = createDnsResolve([server.address]);
  });
  after(() => server.stop());

  it('given a name, then all of its addresses of both families are found, or none', async () => {
    expect(await resolve('both.tests.example')).to.have.members(['127.0.0.1', '192.0.2.1', '2001:db8::1']);
    expect(await resolve('old.tests.example')).to.deep.equal(['127.0.0.1']);
    expect(await resolve('new.tests.example')).to.deep.equal(['::1']);
    expect(await resolve('nobody.tests.example')).to.deep.equal([]);
  });

  it('given a name of the file of hosts, or of one word, then only the name server is asked, for exactly this name', async () => {
    server.asked.length = 0;
    expect(await resolve('localhost')).to.deep.equal([]);
    expect(await resolve('postgres')).to.deep.equal([]);
    expect([...new Set(server.asked)]).to.deep.equal(['localhost', 'postgres']);
  });

  it('given a receiver, then it is reached by its name; given one more address that is refused, or none, then it is not', async () => {
    const receiver = await startTlsReceiver('127.0.0.1', (_, response) => response.end());
    const sender = createWebhookSender({
      policy: { ports: [receiver.port], networks: ['127.0.0.1/32'], loopback: false },
      createResolve: () => resolve,
      ca: TEST_CERTIFICATE,
    });
    const send = (host: string): Promise<SendOutcome> =>
      sender.send({
        url: `https://${host}:${String(receiver.port)}/`,
        headers: {},
        body: '{}',
        signal: new AbortController().signal,
      });
    expect(await send('old.tests.example')).to.include({ kind: 'answered', status: 200 });
    for (const host of ['mixed.tests.example', 'new.tests.example', 'nobody.tests.example'])
      expect(await send(host), host).to.include({ kind: 'failed', error: 'the host has no public address' });
    await sender.close();
    await receiver.stop();
  });

  it('given a name server that does not answer, then the request ends at its time limit, and others do not wait', async () => {
    const sender = createWebhookSender({
      policy: { ports: [443], networks: [], loopback: false },
      createResolve: () => resolve,
      timeLimitMs: 300,
    });
    const slow = sender.send({
      url: 'https://silent.tests.example/',
      headers: {},
      body: '{}',
      signal: new AbortController().signal,
    });
    expect(await resolve('old.tests.example')).to.deep.equal(['127.0.0.1']);
    expect(await slow).to.include({ kind: 'failed', error: 'no response in time' });
    await sender.close();
  });
});
