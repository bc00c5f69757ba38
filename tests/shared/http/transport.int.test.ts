import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { type RequestHandler } from 'express';
import { z } from 'zod';
import { createBaseApp } from '../../../src/shared/http/base-app';
import { createHttpServer, type HttpServer } from '../../../src/shared/http/http-server';
import { operation } from '../../../src/shared/http/operation';
import { operationRoutes } from '../../../src/shared/http/operation-routes';
import { eventually } from '../../support/eventually';
import { exchange, rawConnection } from '../../support/raw-http';
import { silentLogger } from '../../support/service-pair';

/** Discarded buffers must not count as retained memory. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const pass: RequestHandler = (_request, _response, next) => next();
const refuse: RequestHandler = (request, _response, next) =>
  next(request.get('X-Refused') === undefined ? undefined : new Error('not for you'));

describe('the transport', () => {
  let server: HttpServer;
  let port: number;
  before(async () => {
    const echo = operation({
      id: 'echo',
      method: 'post',
      path: '/echo',
      tag: 'echo',
      summary: 'Echo',
      description: 'Echo',
      access: 'public',
      body: z.looseObject({}),
      responses: {},
      handle: ({ body, response }) => void response.json(body),
    });
    const app = createBaseApp({ logger: silentLogger }, (routes) => {
      routes.use(operationRoutes([echo], { authenticate: pass, limit: refuse }));
    });
    server = createHttpServer({
      app,
      host: '127.0.0.1',
      port: 0,
      headersTimeoutMs: 600,
      requestTimeoutMs: 900,
    });
    await server.start();
    port = server.port();
  });
  after(() => server.stop());

  const post = (head: string, body: string): string =>
    `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}\r\n\r\n${body}`;

  const REFUSED: [name: string, text: string, status: number, code: string][] = [
    [
      'headers of 17 kB',
      `GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['a URL of 17 kB', `GET /${'x'.repeat(17 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'headers_too_large'],
    ['text that is not HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    [
      'both Content-Length and chunked encoding',
      post('Content-Length: 2\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      400,
      'malformed_request',
    ],
    [
      'two Content-Length headers',
      post('Content-Length: 2\r\nContent-Length: 3', '{}'),
      400,
      'malformed_request',
    ],
    ['a Content-Length that is not a number', post('Content-Length: two', '{}'), 400, 'malformed_request'],
    [
      'a header with a line break in its name',
      'GET /echo HTTP/1.1\r\nHost: x\r\nX\nY: 1\r\n\r\n',
      400,
      'malformed_request',
    ],
    ['no Host', 'GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed_request'],
    ['spaces before the colon of Content-Length', post('Content-Length : 2', '{}'), 400, 'malformed_request'],
  ];

  for (const [name, text, status, code] of REFUSED) {
    it(`given ${name}, then a ${status} problem document, and the connection is closed`, async () => {
      const answer = await exchange(port, text);
      expect(answer.split('\r\n')[0]).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(JSON.parse(answer.slice(answer.indexOf('{')))).to.include({ status, code });
      expect(answer).to.contain('Connection: close');
    });
  }

  it('given HTTP/1.0, then no Host is needed', async () => {
    expect(await exchange(port, 'GET /echo HTTP/1.0\r\n\r\n')).to.match(/^HTTP\/1.1 405 /);
  });

  it('given as many headers as the size limit allows, then none is dropped', async () => {
    const many = [...Array(1_000)].map((_, index) => `X${String(index)}: 1\r\n`).join('');
    const request = (last: string) =>
      `POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${many}${last}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    expect(await exchange(port, request(''))).to.match(/^HTTP\/1.1 200 /);
    expect(await exchange(port, request('X-Refused: 1\r\n'))).to.match(/^HTTP\/1.1 500 /);
  });

  it('given incomplete headers, or an incomplete body, then 408 after the timeout', async () => {
    for (const text of ['GET /echo HTTP/1.1\r\nHost: x\r\nX-Slow: ', post('Content-Length: 10', '{')]) {
      const start = performance.now();
      const answer = await exchange(port, text, 5_000);
      expect(JSON.parse(answer.slice(answer.indexOf('{')))).to.include({
        status: 408,
        code: 'request_timeout',
      });
      expect(performance.now() - start).to.be.above(500);
    }
  });

  it('given a connection that is closed before its answer, then the server continues', async () => {
    const socket = await rawConnection(port);
    socket.write('GET /echo HTTP/1.1\r\nHost');
    socket.resetAndDestroy();
    expect(await exchange(port, post('Content-Length: 2\r\nConnection: close', '{}'))).to.match(
      /^HTTP\/1.1 200 /,
    );
  });

  it('given 10 MB, then they are refused without being buffered, whether the answer is 413 or sent before the body is read', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    for (const [headers, status] of [
      [{}, 413],
      [{ 'X-Refused': '1' }, 500],
    ] as const) {
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      const request = httpRequest({
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/echo',
        headers: { 'Content-Type': 'application/json', ...headers },
      });
      request.on('error', () => undefined);
      const answered = once(request, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
      let isAnswered = false;
      void answered.then(() => (isAnswered = true));
      for (let sent = 0; sent < 160 && !isAnswered; sent += 1) {
        if (!request.write(chunk)) await Promise.race([once(request, 'drain'), answered]);
      }
      request.end();
      const [response] = await answered;
      response.resume();
      expect(response.statusCode).to.equal(status);
      // Memory is returned shortly after the garbage collection.
      await eventually(() => {
        collectGarbage();
        expect(process.memoryUsage().arrayBuffers - before).to.be.below(5_000_000);
      });
    }
  });

  it('given OPTIONS or TRACE, then 405 with Allow; given CONNECT, then the connection is closed', async () => {
    for (const method of ['OPTIONS', 'TRACE']) {
      const answer = await exchange(port, `${method} /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer, method).to.match(/^HTTP\/1.1 405 [^]*\r\nAllow: POST\r\n/);
    }
    expect(await exchange(port, 'CONNECT other:443 HTTP/1.1\r\nHost: x\r\n\r\n')).not.to.contain('200');
  });
});
