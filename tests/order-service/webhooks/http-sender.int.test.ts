import { once } from 'node:events';
import { type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import {
  createWebhookSender,
  type SendOutcome,
  type WebhookSender,
  type WebhookSenderOptions,
} from '../../../src/order-service/webhooks/http-sender';
import { startTlsReceiver, TEST_CERTIFICATE } from '../../support/tls-receiver';

const HOST = 'hooks.shop.example';

describe('the sender of webhooks', () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  /** A sender to a receiver at a loopback address, which stands for a public one. */
  function senderTo(port: number, options: Partial<WebhookSenderOptions> = {}): WebhookSender {
    const sender = createWebhookSender({
      policy: { ports: [port], networks: ['127.0.0.1/32'], loopback: false },
      createResolve: () => () => Promise.resolve(['127.0.0.1']),
      ca: TEST_CERTIFICATE,
      ...options,
    });
    endings.push(() => sender.close());
    return sender;
  }

  async function receiver(respond: RequestListener) {
    const started = await startTlsReceiver('127.0.0.1', respond);
    endings.push(() => started.stop());
    return started;
  }

  /** A plain TCP server for answers that an HTTP server would not give; senders reach it as http://localhost. */
  async function rawReceiver(respond: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('data', () => respond(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endings.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return (server.address() as AddressInfo).port;
  }

  const LOCAL = { policy: { ports: [], networks: [], loopback: true } };

  const sendTo = (
    sender: WebhookSender,
    url: string,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<SendOutcome> =>
    sender.send({
      url,
      headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' },
      body: '{"é":1}',
      signal,
    });

  const httpsUrl = (port: number, path = '/hooks?shop=1', host = HOST): string =>
    `https://${host}:${String(port)}${path}`;

  it('given a receiver, then it gets the path, headers and body unchanged, with its own name in TLS and Host', async () => {
    let seen: unknown;
    const { port } = await receiver((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { host, 'webhook-id': id, 'content-length': length } = request.headers;
        const servername = (request.socket as TLSSocket & { servername?: string }).servername;
        seen = [request.method, request.url, host, id, length, servername, Buffer.concat(chunks).toString()];
        response.writeHead(202, { 'Retry-After': '7' }).end('thanks');
      });
    });
    const outcome = await sendTo(senderTo(port), httpsUrl(port));
    expect(outcome).to.include({ kind: 'answered', status: 202, retryAfter: '7', excerpt: 'thanks' });
    expect(outcome.latencyMs).to.be.within(0, 15_000);
    expect(seen).to.deep.equal([
      'POST',
      '/hooks?shop=1',
      `${HOST}:${String(port)}`,
      'msg_1',
      '8',
      HOST,
      '{"é":1}',
    ]);
  });

  it('given a certificate for another host, or one that is not trusted, then nothing is sent', async () => {
    let requests = 0;
    const { port } = await receiver((_, response) => {
      requests += 1;
      response.end();
    });
    const other = await sendTo(senderTo(port), httpsUrl(port, '/', 'hooks.other.example'));
    expect(other).to.include({ kind: 'failed', error: 'the TLS certificate is for another host' });
    const sender = createWebhookSender({
      policy: { ports: [port], networks: ['127.0.0.1/32'], loopback: false },
      createResolve: () => () => Promise.resolve(['127.0.0.1']),
    });
    endings.push(() => sender.close());
    expect(await sendTo(sender, httpsUrl(port))).to.include({
      kind: 'failed',
      error: 'the TLS certificate is not trusted',
    });
    expect(requests).to.equal(0);
  });

  it('given consecutive requests, then they share connections, until these are to be checked again', async () => {
    const { port, server } = await receiver((_, response) => response.end());
    let connections = 0;
    let resolutions = 0;
    server.on('secureConnection', () => (connections += 1));
    const createResolve = () => () => {
      resolutions += 1;
      return Promise.resolve(['127.0.0.1']);
    };
    const reusing = senderTo(port, { createResolve });
    for (let n = 0; n < 9; n += 1) await sendTo(reusing, httpsUrl(port));
    // The second request may begin before the first connection is free again.
    expect(connections).to.be.within(1, 2);
    expect(resolutions).to.equal(connections);
    [connections, resolutions] = [0, 0];
    const renewing = senderTo(port, { createResolve, reuseMs: 0 });
    for (let n = 0; n < 3; n += 1) await sendTo(renewing, httpsUrl(port));
    expect([connections, resolutions]).to.deep.equal([3, 3]);
  });

  it('given a long body, a slow one, or one without end, then its first kilobyte is kept, and the connection closed', async () => {
    const closed: Promise<unknown>[] = [];
    const { port } = await receiver((request, response) => {
      if (request.url === '/short') return void response.end('ok');
      closed.push(once(request.socket, 'close'));
      response.writeHead(200);
      if (request.url === '/slow') return void response.write('partial');
      const more = (): void => {
        if (!response.destroyed) response.write('a'.repeat(1_000) + '\0é', () => setImmediate(more));
      };
      more();
    });
    const sender = senderTo(port);
    const endless = await sendTo(sender, httpsUrl(port, '/endless'));
    expect(endless).to.include({ kind: 'answered', status: 200 });
    const { excerpt } = endless as { excerpt: string };
    expect(excerpt).to.equal(`${'a'.repeat(1_000)}\uFFFDé${'a'.repeat(21)}`);
    expect(await sendTo(sender, httpsUrl(port, '/slow'))).to.include({
      kind: 'answered',
      status: 200,
      excerpt: 'partial',
    });
    await Promise.all(closed);
    expect(closed).to.have.length(2);
    expect(await sendTo(sender, httpsUrl(port, '/short'))).to.include({ status: 200, excerpt: 'ok' });
  });

  it('given a receiver that answers byte by byte, or not at all, then the request ends at the time limit', async () => {
    const port = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
      const dripping = setInterval(() => socket.write('a'), 20);
      socket.on('close', () => clearInterval(dripping));
    });
    const sender = senderTo(0, { ...LOCAL, timeLimitMs: 500 });
    const outcome = await sendTo(sender, `http://localhost:${String(port)}/`);
    expect(outcome).to.include({ kind: 'failed', error: 'no response in time' });
    expect(outcome.latencyMs).to.be.at.least(490);
  });

  const ANSWERS: [name: string, answer: string | null, error: string][] = [
    ['closes the connection', null, 'the connection was closed before the response'],
    [
      'sends headers without end',
      `HTTP/1.1 200 OK\r\n${'X-Long: aaaaaaaaaaaaaaaa\r\n'.repeat(3_000)}`,
      'the response headers are too large',
    ],
    ['sends something else', 'SSH-2.0-OpenSSH_9.2\r\n', 'the response is not valid HTTP'],
  ];
  for (const [name, answer, error] of ANSWERS)
    it(`given a receiver that ${name}, then the text says so`, async () => {
      const port = await rawReceiver((socket) => (answer === null ? socket.destroy() : socket.write(answer)));
      expect(await sendTo(senderTo(0, LOCAL), `http://127.0.0.1:${String(port)}/`)).to.include({
        kind: 'failed',
        error,
      });
    });

  it('given no receiver at the port, or one that speaks no TLS, then the text says so', async () => {
    const port = await rawReceiver((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await sendTo(senderTo(0, LOCAL), `https://localhost:${String(port)}/`)).to.include({
      error: 'the TLS handshake failed',
    });
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port: free } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await sendTo(senderTo(0, LOCAL), `http://localhost:${String(free)}/`)).to.include({
      error: 'the connection was refused',
    });
  });

  it('given a request that is cancelled, or was cancelled before, then it ends without an answer', async () => {
    const stop = new AbortController();
    const { port } = await receiver(() => stop.abort());
    const sender = senderTo(port);
    for (let n = 0; n < 2; n += 1)
      expect(await sendTo(sender, httpsUrl(port), stop.signal)).to.include({
        kind: 'failed',
        error: 'the request was cancelled',
      });
  });
});
