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
  let answers: [status: number, body: unknown][];
  beforeEach(async () => {
    requests = [];
    answers = [];
    server = createServer((request, response) => {
      requests.push(request);
      const [status, body] = answers.shift() ?? [200, { n: 1 }];
      if (status === 0) return;
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
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

  it('given an answer that stays bad, or is not what was agreed, then it is unavailable', async () => {
    answers = [
      [500, {}],
      [500, {}],
      [500, {}],
      [200, { n: 'text' }],
    ];
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
    expect(await thrown(client.get('/things', schema))).to.have.property('kind', 'unavailable');
    expect(requests).to.have.length(4);
  });

  it('given a service that keeps failing, then it is not asked any more for a while', async () => {
    answers = [...Array(60)].map(() => [500, {}]);
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
