import { type Socket } from 'node:net';
import { expect } from 'chai';
import { MISSING_TOKEN } from '../../../src/shared/contracts/problem';
import { AppError } from '../../../src/shared/errors';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { takeConnection } from '../../../src/shared/http/upgrade';
import { eventually } from '../../support/eventually';
import { exchange, rawConnection } from '../../support/raw-http';
import { silentLogger } from '../../support/service-pair';

const WEBSOCKET = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
const PLAIN = 'GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const LIMIT = 5;

describe('upgrades', () => {
  let server: HttpServer;
  let port: number;
  /** Those that handlers have taken over. */
  let taken: Socket[];
  let waiting: (() => void)[];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    [taken, waiting] = [[], []];
    const app = createBaseApp({ logger: silentLogger }, (routes) => {
      routes.get('/hello', (_request, response) => void response.send('hello'));
      routes.get('/slow', (_request, response) => void waiting.push(() => response.send('late')));
      routes.get('/listeners', ({ socket }, response) => {
        const count = (name: string) => [name, socket.listenerCount(name)];
        response.json(Object.fromEntries(['close', 'timeout', 'end', 'drain', 'data', 'error'].map(count)));
      });
      routes.post('/echo', (request, response) => void request.pipe(response));
      routes.get('/ws', (request, response, next) => {
        if (request.query['refused']) return next(new AppError(MISSING_TOKEN, 'no token'));
        waiting.push(() => {
          const connection = takeConnection(request, response);
          if (!connection) return;
          connection.socket.write(`HTTP/1.1 101 Switching Protocols\r\n\r\n${connection.head.toString()}`);
          connection.socket.resume().on('end', () => connection.socket.end());
          taken.push(connection.socket);
        });
        if (!request.query['slow']) waiting.pop()?.();
      });
    });
    server = createHttpServer({
      app,
      host: '127.0.0.1',
      port: 0,
      connectionLimits: { maxPerAddress: LIMIT, isExempt: () => false },
      webSocketPaths: ['/ws'],
    });
    await server.start();
    port = server.port();
  });
  afterEach(async () => {
    sockets.forEach((socket) => socket.destroy());
    await server.stop();
  });

  async function open(text = ''): Promise<Socket> {
    const socket = await rawConnection(port);
    sockets.push(socket);
    socket.setEncoding('latin1').resume();
    if (text) socket.write(text);
    return socket;
  }

  const isClosed = (socket: Socket) => eventually(() => expect(socket.closed).to.equal(true));

  async function answerOf(socket: Socket, enough: RegExp): Promise<string> {
    let answer = '';
    socket.on('data', (chunk: string) => (answer += chunk));
    await eventually(() => expect(answer).to.match(enough));
    return answer;
  }

  it('given a request for a WebSocket at its path, then its handler gets the connection and the bytes behind the request', async () => {
    const socket = await open(`GET /ws HTTP/1.1\r\n${WEBSOCKET}\r\nfirst`);
    expect(await answerOf(socket, /first/)).to.match(/^HTTP\/1.1 101 /);
    expect(taken).to.have.length(1);
  });

  it('given a refusal, then a problem document, and the server closes the connection', async () => {
    const answer = await exchange(port, `GET /ws?refused=1 HTTP/1.1\r\n${WEBSOCKET}\r\n`, 10_000);
    expect(answer).to.match(/^HTTP\/1.1 401 Unauthorized\r\n[^]*\r\nConnection: close\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).to.include({ status: 401, code: 'missing_token' });
  });

  it('given a WebSocket at another path, then 404 as for any request, and the connection serves further requests', async () => {
    const socket = await open(`GET /other HTTP/1.1\r\n${WEBSOCKET}\r\n${PLAIN}`);
    const answer = await answerOf(socket, /hello$/);
    expect(answer).to.match(/^HTTP\/1.1 404 [^]*"unknown_path"[^]*HTTP\/1.1 200 /);
    await isClosed(socket);
  });

  it('given an offer of another protocol with a body, as clients of HTTP/2 make it, then the request is served without the upgrade', async () => {
    const socket = await open(
      'POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nContent-Length: 10\r\n\r\nfirst',
    );
    const answered = answerOf(socket, /firstother/);
    await eventually(() => expect(socket.bytesWritten).to.be.above(0));
    socket.write('other');
    expect(await answered).to.match(/^HTTP\/1.1 200 /);
    socket.write(PLAIN);
    expect(await answerOf(socket, /hello$/)).to.match(/HTTP\/1.1 200 /);
  });

  it('given many such offers on one connection, then its listeners do not accumulate', async () => {
    const socket = await open();
    const counts: string[] = [];
    for (let count = 0; count < 15; count += 1) {
      const answered = answerOf(socket, /"error":\d+/);
      socket.write('GET /listeners HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      counts.push((await answered).split('\r\n\r\n').at(-1)!);
    }
    expect(new Set(counts).size, counts.join()).to.equal(1);
  });

  it('given an upgrade behind a request without an answer, then the connection is closed', async () => {
    const socket = await open(`GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /ws HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    await isClosed(socket);
    expect(taken).to.have.length(0);
  });

  it('given a caller that resets the connection before the decision, then the server continues', async () => {
    const socket = await open(`GET /ws?slow=1 HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    await eventually(() => expect(waiting).to.have.length(1));
    socket.resetAndDestroy();
    await eventually(async () => {
      await exchange(port, PLAIN);
      waiting[0]?.();
      expect(taken).to.have.length(0);
    });
    expect(await exchange(port, PLAIN)).to.match(/^HTTP\/1.1 200 /);
  });

  it('given as many connections as one address may have, then a further upgrade is closed, until one of them ends', async () => {
    const many = await Promise.all([...Array(LIMIT)].map(() => open(`GET /ws HTTP/1.1\r\n${WEBSOCKET}\r\n`)));
    await eventually(() => expect(taken).to.have.length(LIMIT));
    const surplus = await exchange(port, `GET /ws HTTP/1.1\r\n${WEBSOCKET}\r\n`).catch(String);
    expect(surplus).to.match(/^$|ECONNRESET/);
    many[0]?.destroy();
    await eventually(async () => expect(await exchange(port, PLAIN)).to.match(/^HTTP\/1.1 200 /));
  });

  it('given a taken connection when the server stops, then it stops after that connection has ended', async () => {
    await open(`GET /ws HTTP/1.1\r\n${WEBSOCKET}\r\n`);
    await eventually(() => expect(taken).to.have.length(1));
    const idle = await open();
    let isStopped = false;
    const stopped = server.stop().then(() => (isStopped = true));
    await isClosed(idle);
    expect(isStopped).to.equal(false);
    expect(taken[0]?.destroyed).to.equal(false);
    taken[0]?.end();
    await stopped;
  });
});
