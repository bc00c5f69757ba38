import { type Socket } from 'node:net';
import { expect } from 'chai';
import { send } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { bearer } from '../../support/oauth';
import { exchange, rawConnection } from '../../support/raw-http';
import { testEnvironment } from '../../support/environment';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

const SLOW_SOCKETS = 500;

describe('API security: transport', function () {
  this.timeout(60_000);
  let service: ServiceProcess;
  let port: number;
  const count = countCases('transport');
  before(async () => {
    service = await serviceProcess('order-service', await testEnvironment({ LOG_LEVEL: 'error' }));
    await service.start();
    port = Number(new URL(service.url).port);
  });
  after(async () => {
    await service.kill('SIGKILL');
  });
  afterEach(() => count());

  const raw: [name: string, text: string, status: number, code: string][] = [
    [
      'both Content-Length and chunked encoding',
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n',
      400,
      'malformed_request',
    ],
    [
      'two Content-Length headers',
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd',
      400,
      'malformed_request',
    ],
    [
      'headers of 20 kB',
      `GET /orders HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['a malformed request line', 'GIVE ME ORDERS\r\n\r\n', 400, 'malformed_request'],
    [
      'a TLS handshake on a plain HTTP port',
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
      400,
      'malformed_request',
    ],
  ];
  for (const [name, text, status, code] of raw) {
    it(`given ${name}, then ${status} once, and the connection is closed`, async () => {
      const answer = await exchange(port, Buffer.from(text, 'latin1'));
      expect(answer.match(/HTTP\/1.1 \d+/g)).to.deep.equal([`HTTP/1.1 ${status}`]);
      expect(answer).to.contain(`"code":"${code}"`);
    });
  }

  it('given a method that a path does not have, then 405 with Allow, on every kind of path', async () => {
    for (const [path, allow] of [
      ['/health', 'GET, HEAD'],
      ['/auth/token', 'POST'],
      ['/openapi.json', 'GET, HEAD'],
      ['/docs', 'GET, HEAD'],
    ] as const) {
      const { status, headers } = await send(service.url + path, 'PATCH');
      expect([status, headers.get('allow')], path).to.deep.equal([405, allow]);
    }
  });

  it('given a body of 10 MB on any path, then it is refused and the memory of the process does not grow', async () => {
    const { body } = await send(`${service.url}/auth/token`, 'POST', {
      grant_type: 'client_credentials',
      client_id: 'demo-client',
      client_secret: 'demo-secret',
    });
    const token = body.access_token as string;
    const large = 'x'.repeat(10_000_000);
    const json = { 'Content-Type': 'application/json' };
    const post = async (path: string, headers: Record<string, string>): Promise<number> =>
      send(service.url + path, 'POST', large, headers).then(
        ({ status }) => status,
        () => 0,
      );
    await post('/orders', { ...json, ...bearer(token) });
    const before = service.memoryBytes();
    for (let n = 0; n < 5; n += 1) {
      // A server that answers before it has read the whole body may close; the client sees the answer or the close.
      expect(await post('/orders', { ...json, ...bearer(token) })).to.be.oneOf([413, 0]);
      expect(await post('/orders', json)).to.be.oneOf([401, 0]);
      expect(await post('/nowhere', json)).to.be.oneOf([404, 0]);
      expect(await post('/auth/token', json)).to.be.oneOf([400, 0]);
    }
    expect((service.memoryBytes() - before) / 1_000_000).to.be.below(60);
  });

  it(`given ${SLOW_SOCKETS} connections that send their headers byte by byte, then other connections are served without delay`, async () => {
    const quiet = await latencies(200);
    const sockets: Socket[] = await Promise.all([...Array(SLOW_SOCKETS)].map(() => rawConnection(port)));
    for (const socket of sockets) socket.write('GET /orders HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const drip = setInterval(() => sockets.forEach((socket) => socket.write('x')), 100);
    const besides = await latencies(200);
    clearInterval(drip);
    const closed = sockets.filter((socket) => socket.destroyed).length;
    sockets.forEach((socket) => socket.destroy());
    expect(closed, 'they stay open for ten seconds').to.be.below(SLOW_SOCKETS);
    // A blocked server would answer only after the header timeout.
    expect(quantile(besides, 0.99)).to.be.below(2_000 + 10 * quantile(quiet, 0.99));
  });

  async function latencies(count: number): Promise<number[]> {
    const found: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const start = performance.now();
      expect((await send(`${service.url}/health/live`, 'GET')).status).to.equal(200);
      found.push(performance.now() - start);
    }
    return found;
  }
});

const quantile = (values: number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * q)]!;
