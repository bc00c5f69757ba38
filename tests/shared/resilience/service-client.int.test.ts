import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { z } from 'zod';
import { createServiceClient, type ServiceClient } from '../../../src/shared/resilience/service-client';
import { eventually } from '../../support/eventually';

describe('the client of another service', () => {
  let server: Server;
  let client: ServiceClient;
  let requests: IncomingMessage[];
  let answers: [status: number, body: unknown, headers?: Record<string, string>][];
  beforeEach(async () => {
    requests = [];
    answers = [];
    server = createServer((request, response) => {
      requests.push(request);
      const [status, body, headers] = answers.shift() ?? [200, { n: 1 }];
      if (status === 0) return;
      response
        .writeHead(status, { 'Content-Type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = createServiceClient({
      name: 'Other Service',
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: () => 'tok',
      headers: () => ({ 'X-Correlation-Id': 'c-1' }),
      timeoutMs: 300,
    });
    await client.start();
  });
  afterEach(async () => {
    await client.stop();
    server.closeAllConnections();
    server.close();
  });

  const schema = z.object({ n: z.number() });
  const thrown = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  it('given an answer, then it is validated and returned, and the request had token, ids and repeated parameters', async () => {
    expect(await client.get('/things', schema, { id: ['a', 'b'] })).to.deep.equal({ n: 1 });
    expect(requests[0]!.url).to.equal('/things?id=a&id=b');
    expect(requests[0]!.headers).to.include({ authorization: 'Bearer tok', 'x-correlation-id': 'c-1' });
  });

  it('given an answer of 503, then the request is retried', async () => {
    answers = [[503, {}]];
    expect(await client.get('/things', schema)).to.deep.equal({ n: 1 });
    expect(requests).to.have.length(2);
  });

  it('given a service that stays down, then the request is retried, and the result is unavailable', async () => {
    for (const status of [502, 503, 504]) {
      answers = [...Array(3)].map(() => [status, {}]);
      requests = [];
      expect(await thrown(client.get('/things', schema))).to.include({
        kind: 'unavailable',
        retryAfterSeconds: 1,
      });
      // All attempts share the time limit.
      expect(requests.length, String(status)).to.be.within(2, 3);
    }
  });

  it('given an answer that a retry would not change, then the result is a bad gateway without retries and Retry-After', async () => {
    const html = '<html>nothing here</html>';
    const permanent: [number, unknown][] = [
      [500, { code: 'internal_error' }],
      [501, {}],
      [505, {}],
      [405, {}],
      [410, {}],
      [413, {}],
      [404, html],
      [404, { code: 'unknown_path' }],
      [400, {}],
      [409, { code: 'no-such-code' }],
      [404, { code: 'illegal_transition' }],
      [200, { n: 'text' }],
      [200, html],
      [200, null],
    ];
    for (const answer of permanent) {
      answers = [answer];
      requests = [];
      const error = await thrown(client.get('/things', schema));
      expect(error, String(answer)).to.include({
        kind: 'bad_gateway',
        code: 'bad_gateway',
        retryable: false,
        retryAfterSeconds: undefined,
      });
      expect(requests, String(answer)).to.have.length(1);
    }
  });

  it('given one request that always gets 500, then other requests are still sent', async () => {
    for (let call = 0; call < 20; call += 1) {
      answers = [[500, {}]];
      expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'bad_gateway');
    }
    expect(await client.get('/things', schema)).to.deep.equal({ n: 1 });
  });

  it('given 503 with Retry-After, then the request is not retried at once, and the time is passed on', async () => {
    for (const [header, seconds] of [
      ['7', 7],
      ['86400', 60],
      ['Fri, 31 Dec 1999 23:59:59 GMT', 1],
    ] as const) {
      answers = [[429, {}, { 'Retry-After': header }]];
      requests = [];
      expect(await thrown(client.get('/things', schema))).to.include({
        kind: 'unavailable',
        retryAfterSeconds: seconds,
      });
      expect(requests).to.have.length(1);
    }
  });

  it('given a service that keeps failing, then the circuit breaker opens for some time', async () => {
    answers = [...Array(60)].map(() => [503, {}]);
    for (let call = 0; call < 12; call += 1) await thrown(client.get('/things', schema));
    const asked = requests.length;
    expect(asked).to.be.below(12 * 3);
    answers = [];
    await thrown(client.get('/things', schema));
    expect(requests, 'while it is open').to.have.length(asked);
    expect(await eventually(() => client.get('/things', schema))).to.deep.equal({ n: 1 });
  });

  it('given refusals, then each is returned with its code, and any number of them does not open the circuit breaker', async () => {
    const refusal = { code: 'illegal_transition', detail: 'no', allowed: ['RETURNED'] };
    answers = [...Array(20)].map(() => [409, refusal]);
    for (let call = 0; call < 20; call += 1) {
      expect(await thrown(client.get('/things', schema))).to.include({
        kind: 'conflict',
        code: 'illegal_transition',
        message: 'no',
      });
    }
    expect(requests).to.have.length(20);
    expect(await client.get('/things', schema)).to.deep.equal({ n: 1 });
  });

  it('given a failed change, then it is not retried, because it may have been executed', async () => {
    answers = [[503, {}]];
    const put = client.send({ method: 'PUT', path: '/things/1', body: { n: 2 } }, schema);
    expect(await thrown(put)).to.have.property('kind', 'unavailable');
    expect(requests).to.have.length(1);
  });

  it('given refused credentials, then the result is unavailable, because the cause is between the services', async () => {
    answers = [[401, { code: 'invalid_token' }]];
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
  });

  it('given a service that hangs or is down, then the call ends as unavailable', async () => {
    answers = [...Array(3)].map(() => [0, null]);
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
    expect(requests.length).to.be.at.least(1);
    server.closeAllConnections();
    server.close();
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
  });
});
