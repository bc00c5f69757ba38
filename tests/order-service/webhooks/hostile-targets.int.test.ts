import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { createWebhookSender, type SendOutcome } from '../../../src/order-service/webhooks/http-sender';
import {
  createGuardedAgent,
  NoAllowedAddressError,
} from '../../../src/order-service/webhooks/guarded-connections';
import { type TargetPolicy } from '../../../src/order-service/webhooks/domain/target-url';
import { HOSTILE_ANSWERS, HOSTILE_URLS } from '../../support/hostile-targets';
import { startTlsReceiver, TEST_CERTIFICATE } from '../../support/tls-receiver';

describe('hostile targets of webhooks', () => {
  let bait: Server;
  let port: string;
  let connections = 0;
  before(async () => {
    bait = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    bait.listen(0);
    await once(bait, 'listening');
    port = String((bait.address() as AddressInfo).port);
  });
  beforeEach(() => (connections = 0));
  after(() => bait.close());

  const strict = (): TargetPolicy => ({ ports: [443, 8443, Number(port)], networks: [], loopback: false });
  /** Stands for the public network: this machine has no other one. */
  const withTestNetwork = (...ports: number[]): TargetPolicy => ({
    ports: [Number(port), ...ports],
    networks: ['127.0.0.2/32'],
    loopback: false,
  });

  async function send(
    url: string,
    policy: TargetPolicy,
    answers: string[] = ['127.0.0.1'],
  ): Promise<SendOutcome> {
    const resolve = () => Promise.resolve(answers);
    const sender = createWebhookSender({ policy, createResolve: () => resolve, ca: TEST_CERTIFICATE });
    const request = {
      url: url.replaceAll('PORT', port),
      headers: {},
      body: '{}',
      signal: new AbortController().signal,
    };
    const outcome = await sender.send(request);
    await sender.close();
    return outcome;
  }

  for (const url of HOSTILE_URLS)
    it(`given the URL ${JSON.stringify(url.slice(0, 80))}, then nothing is connected to`, async () => {
      const outcome = await send(url, strict());
      expect(outcome).to.include({ kind: 'failed' });
      expect((outcome as { error: string }).error).to.match(/^the (URL must|host has no public address)/);
      expect(connections).to.equal(0);
    });

  for (const answers of HOSTILE_ANSWERS)
    it(`given a name that resolves to ${JSON.stringify(answers)}, then nothing is connected to`, async () => {
      const outcome = await send('https://hooks.shop.example:PORT/', withTestNetwork(), [...answers]);
      expect(outcome).to.include({ kind: 'failed', error: 'the host has no public address' });
      expect(connections).to.equal(0);
    });

  it('given a policy that allows these addresses, then the server is reached: the cases above can fail', async () => {
    await send('https://127.0.0.1:PORT/', { ...strict(), networks: ['127.0.0.0/8'] });
    await send('https://2130706433:PORT/', { ...strict(), networks: ['127.0.0.0/8'] });
    await send('https://hooks.shop.example:PORT/', { ...strict(), networks: ['127.0.0.0/8'] });
    await send('http://localhost.:PORT/', { ...strict(), loopback: true });
    expect(connections).to.be.at.least(4);
  });

  it('given an IPv6 address as host, then it is checked before a connection is opened, and this machine is reached in local mode alone', async () => {
    const agent = createGuardedAgent({ policy: strict() });
    const request = { origin: `https://[::1]:${port}`, path: '/', method: 'GET' as const };
    const error: unknown = await agent.request(request).catch((refused: unknown) => refused);
    expect(error).to.be.instanceOf(NoAllowedAddressError);
    expect(connections).to.equal(0);
    await agent.close();
    const local = { ...strict(), loopback: true };
    expect(await send('http://[::1]:PORT/', local)).to.include({
      error: 'the connection was closed before the response',
    });
  });

  it('given a setting for this machine, then other names and addresses are as before', async () => {
    const local = { ...strict(), loopback: true };
    for (const url of [
      'http://hooks.shop.example:PORT/',
      'http://0.0.0.0:PORT/',
      'http://[::ffff:7f00:1]:PORT/',
    ])
      expect(await send(url, local), url).to.include({ kind: 'failed' });
    expect(await send('https://hooks.shop.example:PORT/', local)).to.include({
      error: 'the host has no public address',
    });
    expect(connections).to.equal(0);
  });

  it('given a name whose addresses change between two resolutions, then only the allowed address is ever connected to', async () => {
    const reached: string[] = [];
    const receiver = await startTlsReceiver('127.0.0.2', (request, response) => {
      reached.push(request.socket.localAddress ?? '');
      response.end();
    });
    const onLoopback = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(receiver.port, '127.0.0.1');
    await once(onLoopback, 'listening');
    let resolutions = 0;
    const rebinding = () => Promise.resolve([(resolutions += 1) % 2 === 1 ? '127.0.0.2' : '127.0.0.1']);
    const sender = createWebhookSender({
      policy: withTestNetwork(receiver.port),
      createResolve: () => rebinding,
      ca: TEST_CERTIFICATE,
      reuseMs: 0,
    });
    const url = `https://hooks.shop.example:${String(receiver.port)}/`;
    const outcomes: SendOutcome[] = [];
    for (let n = 0; n < 6; n += 1)
      outcomes.push(
        await sender.send({ url, headers: {}, body: '{}', signal: new AbortController().signal }),
      );
    expect(outcomes.map(({ kind }) => kind)).to.deep.equal([1, 2, 3].flatMap(() => ['answered', 'failed']));
    expect(resolutions, 'one resolution a connection').to.equal(6);
    expect(reached).to.deep.equal(['127.0.0.2', '127.0.0.2', '127.0.0.2']);
    expect(connections).to.equal(0);
    await sender.close();
    onLoopback.close();
    await receiver.stop();
  });

  it('given a redirect to loopback, then the redirect is the answer, and nothing follows it', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const receiver = await startTlsReceiver('127.0.0.2', (_, response) => {
        response.writeHead(status, { Location: `https://127.0.0.1:${port}/` }).end();
      });
      const url = `https://hooks.shop.example:${String(receiver.port)}/`;
      const outcome = await send(url, withTestNetwork(receiver.port), ['127.0.0.2']);
      expect(outcome).to.include({ kind: 'answered', status });
      await receiver.stop();
    }
    expect(connections).to.equal(0);
  });

  it('given proxies in the environment, then they are not used', async () => {
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
    const receiver = await startTlsReceiver('127.0.0.2', (_, response) => response.end());
    for (const name of names) process.env[name] = `http://127.0.0.1:${port}`;
    try {
      const url = `https://hooks.shop.example:${String(receiver.port)}/`;
      expect(await send(url, withTestNetwork(receiver.port), ['127.0.0.2'])).to.include({ status: 200 });
    } finally {
      for (const name of names) Reflect.deleteProperty(process.env, name);
      await receiver.stop();
    }
    expect(connections).to.equal(0);
  });
});
