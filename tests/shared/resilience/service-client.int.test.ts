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

  it('given an answer, then it is checked and given, and the request carried token, ids and repeated parameters', async () => {
    expect(await client.get('/things', schema, { id: ['a', 'b'] })).to.deep.equal({ n: 1 });
    expect(requests[0]!.url).to.equal('/things?id=a&id=b');
    expect(requests[0]!.headers).to.include({ authorization: 'Bearer tok', 'x-correlation-id': 'c-1' });
  });

  it('given an answer of 503, then it is asked again', async () => {
    answers = [[503, {}]];
    expect(await client.get('/things', schema)).to.deep.equal({ n: 1 });
    expect(requests).to.have.length(2);
  });

  it('given a service that stays away, then it is asked again, and is unavailable in the end', async () => {
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

  it('given an answer that repeating would not change, then it is a bad gateway: not repeated, without Retry-After', async () => {
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

  it('given one request that is answered with 500 every time, then the service is still asked for everything else', async () => {
    for (let call = 0; call < 20; call += 1) {
      answers = [[500, {}]];
      expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'bad_gateway');
    }
    expect(await client.get('/things', schema)).to.deep.equal({ n: 1 });
  });

  it('given a service that is busy and says for how long, then it is not asked at once, and the time is passed on', async () => {
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

  it('given a service that keeps failing, then it is not asked any more for a while', async () => {
    answers = [...Array(60)].map(() => [503, {}]);
    for (let call = 0; call < 12; call += 1) await thrown(client.get('/things', schema));
    const asked = requests.length;
    expect(asked).to.be.below(12 * 3);
    answers = [];
    await thrown(client.get('/things', schema));
    expect(requests, 'while it is open').to.have.length(asked);
    expect(await eventually(() => client.get('/things', schema))).to.deep.equal({ n: 1 });
  });

  it('given refusals, then each comes through with its code, and however many there are the service is asked again', async () => {
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

  it('given a change whose answer fails, then it is not repeated: it may have been made', async () => {
    answers = [[503, {}]];
    const put = client.send({ method: 'PUT', path: '/things/1', body: { n: 2 } }, schema);
    expect(await thrown(put)).to.have.property('kind', 'unavailable');
    expect(requests).to.have.length(1);
  });

  it('given refused credentials, then that is unavailable: it lies between the services', async () => {
    answers = [[401, { code: 'invalid_token' }]];
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
  });

  it('given a service that hangs or is gone, then the call ends as unavailable', async () => {
    answers = [...Array(3)].map(() => [0, null]);
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
    expect(requests.length).to.be.at.least(1);
    server.closeAllConnections();
    server.close();
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
  });
});
