import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { createBaseApp, trustsPeer } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { eventually } from '../../support/eventually';
import { silentLogger } from '../../support/service-pair';

const LIMIT = 20;
const REQUEST_TIMEOUT_MS = 60_000;

describe('connections', () => {
  let server: HttpServer;
  let sockets: Socket[];
  let release: (() => void)[];
  let ended: string[];
  beforeEach(() => {
    sockets = [];
    release = [];
    ended = [];
  });
  afterEach(async () => {
    sockets.forEach((socket) => socket.destroy());
    await server.stop();
  });

  async function start(
    maxPerAddress: number,
    trustedProxies: string[] = [],
    timeouts: { headersTimeoutMs?: number; requestTimeoutMs?: number } = {},
  ): Promise<void> {
    const app = createBaseApp({ logger: silentLogger, trustedProxies }, (routes) => {
      routes.get('/', (_request, response) => void response.send('hello'));
      routes.get('/slow', (_request, response) => {
        release.push(() => void response.send('late'));
      });
      routes.post('/slow', (_request, response) => void response.once('close', () => ended.push('closed')));
      routes.post('/echo', (request, response) => void request.pipe(response));
    });
    server = createHttpServer({
      app,
      host: '127.0.0.1',
      port: 0,
      ...timeouts,
      connectionLimits: { maxPerAddress, isExempt: trustsPeer(app) },
    });
    await server.start();
  }

  /** A connection from that local address. */
  async function open(from = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ port: server.port(), host: '127.0.0.1', localAddress: from });
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.setEncoding('latin1');
    await once(socket, 'connect');
    return socket;
  }

  const openMany = (count: number, from?: string) => Promise.all([...Array(count)].map(() => open(from)));
  const isOpen = (socket: Socket): boolean => !socket.closed;

  /** The bytes received until `enough`, or until the connection is closed. */
  async function ask(socket: Socket, text: string, enough = /hello/): Promise<string> {
    let answer = '';
    const closed = once(socket, 'close').then(() => 'closed');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.write(text);
    return eventually(async () => {
      if (enough.test(answer)) return answer;
      if ((await Promise.race([closed, Promise.resolve('open')])) === 'closed') return answer;
      throw new Error('no answer yet');
    });
  }
  const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

  it('given pipelined requests whose connection is closed, then the answers that waited for the first are closed too', async () => {
    await start(LIMIT);
    const socket = await open();
    const waiting = 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
    socket.write(`GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${waiting.repeat(2)}`);
    await eventually(() => expect(release).to.have.length(1));
    socket.destroy();
    await eventually(() => expect(ended).to.deep.equal(['closed', 'closed']));
  });

  it('given more connections of an address than its limit, then the surplus is closed, and other addresses are served', async () => {
    await start(LIMIT);
    const many = await openMany(LIMIT + 30, '127.0.0.2');
    await eventually(() => expect(many.filter(isOpen)).to.have.length(LIMIT));
    expect(await ask(await open(), GET)).to.match(/^HTTP\/1.1 200 /);
    expect(await ask(many.find(isOpen)!, GET), 'an open connection').to.match(/^HTTP\/1.1 200 /);
  });

  it('given connections that are closed in any way, then the address can open as many again', async () => {
    await start(LIMIT);
    for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const many = await openMany(LIMIT);
      many.forEach((socket) => socket[end]());
      await Promise.all(many.filter(isOpen).map((socket) => once(socket, 'close')));
      await eventually(async () => expect(await ask(await open(), GET)).to.match(/^HTTP\/1.1 200 /));
    }
  });

  it('given slow requests of a caller that never closes, then their connections are closed, and their requests end', async () => {
    await start(LIMIT, [], { headersTimeoutMs: 300, requestTimeoutMs: 300 });
    const slow = [...Array(LIMIT)].map((_, index) => {
      const socket = connect({ port: server.port(), host: '127.0.0.1', allowHalfOpen: true });
      sockets.push(socket);
      socket.on('error', () => undefined).resume();
      socket.write(
        index % 2 ? 'GET / HTTP/1.1\r\n' : 'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n',
      );
      return socket;
    });
    await Promise.all(slow.map((socket) => once(socket, 'end')));
    await eventually(() => expect(ended).to.have.length(LIMIT / 2));
    await eventually(async () => expect(await ask(await open(), GET)).to.match(/^HTTP\/1.1 200 /));
  });

  it('given a trusted proxy, or no limit, then any number is served', async () => {
    for (const [limit, proxies] of [
      [LIMIT, ['127.0.0.0/8']],
      [0, []],
    ] as const) {
      await start(limit, [...proxies]);
      await openMany(2 * LIMIT);
      expect(await ask(await open(), GET)).to.match(/^HTTP\/1.1 200 /);
      sockets.forEach((socket) => socket.destroy());
      await server.stop();
    }
  });

  it('given silent and idle connections when the server stops, then they are closed, and the server stops before a request timeout', async () => {
    await start(0, [], { headersTimeoutMs: REQUEST_TIMEOUT_MS, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    const silent = await openMany(5);
    const idle = await open();
    await ask(idle, GET);
    const partial = await open();
    partial.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const startedAt = performance.now();
    await server.stop();
    expect(performance.now() - startedAt).to.be.below(REQUEST_TIMEOUT_MS / 3);
    await eventually(() => expect([...silent, idle, partial].filter(isOpen)).to.deep.equal([]));
  });

  it('given an incomplete body when the server stops, then its connection is closed before the stop deadline', async () => {
    await start(0);
    const [partial, expecting] = [await open(), await open()];
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n';
    await ask(partial, `${head}\r\nabc`, /abc/);
    expecting.resume().write(`${head}Expect: 100-continue\r\n\r\n`);
    const startedAt = performance.now();
    await server.stop();
    // A component of a service has 10 s to stop by default.
    expect(performance.now() - startedAt).to.be.below(9_000);
    await eventually(() => expect([partial, expecting].filter(isOpen)).to.deep.equal([]));
  });

  it('given requests in progress when the server stops, then an arriving body and a pending answer are completed', async () => {
    await start(0);
    const [body, slow] = [await open(), await open()];
    const echoed = ask(body, 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc', /def/);
    const answered = ask(slow, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n', /late/);
    await eventually(() => expect(release).to.have.length(1));
    const stopped = server.stop();
    // Longer than the timeout of connections without a request.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect([isOpen(body), isOpen(slow)]).to.deep.equal([true, true]);
    body.write('def');
    release[0]?.();
    expect(await echoed).to.contain('def');
    expect(await answered).to.contain('late');
    await stopped;
  });

  it('given a request that was sent just before the server stops, then it is answered', async () => {
    await start(0);
    const socket = await open();
    const answered = ask(socket, GET);
    await server.stop();
    expect(await answered).to.contain('hello');
  });
});
