import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { GetQueueUrlCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { createSqsClient, type SqsClientOptions } from '../../../src/shared/queue/sqs-client';

const LIMIT_MS = 150;
const ANSWER = JSON.stringify({ QueueUrl: 'http://queue' });
const TYPE = { 'content-type': 'application/x-amz-json-1.0' };

describe('the HTTP handler of the SQS client', () => {
  let server: Server;
  let client: SQSClient;
  let connections = 0;
  let requests = 0;
  let environment: NodeJS.ProcessEnv;
  before(() => {
    environment = process.env;
    process.env = { ...environment, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  });
  after(() => {
    process.env = environment;
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  async function given(answer: RequestListener, options: Partial<SqsClientOptions> = {}): Promise<void> {
    [connections, requests] = [0, 0];
    server = createServer((request, response) => {
      requests += 1;
      request.resume().on('end', () => answer(request, response));
    }).on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const limits = { requestTimeoutMs: LIMIT_MS, attempts: 1 };
    client = createSqsClient({ region: 'us-east-1', endpoint, ...limits, ...options });
  }

  const call = () => client.send(new GetQueueUrlCommand({ QueueName: 'queue' }));
  const errorOf = (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => new Error('no error'),
      (error: Error) => error,
    );

  async function expectTimeout(): Promise<void> {
    const start = performance.now();
    const error = await errorOf(call());
    expect(error.name).to.equal('TimeoutError');
    expect(performance.now() - start).to.be.within(LIMIT_MS - 5, LIMIT_MS + 5_000);
  }

  it('given a server that never answers, then the call ends at its time limit', async () => {
    await given(() => undefined);
    await expectTimeout();
  });

  it('given an answer whose body stalls, then the call ends at its time limit', async () => {
    await given((_, response) => {
      response.writeHead(200, { ...TYPE, 'content-length': ANSWER.length });
      response.write(ANSWER.slice(0, 5));
    });
    await expectTimeout();
  });

  it('given an answer that arrives piece by piece, then the time limit is not extended by the pieces', async () => {
    await given((_, response) => {
      response.writeHead(200, TYPE);
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    await expectTimeout();
  });

  it('given more calls than connections, then the time that a call waits for a connection counts too', async () => {
    await given(() => undefined, { requestTimeoutMs: 4_000 });
    const calls = Promise.all([...Array(70)].map(() => errorOf(call())));
    while (requests < 64) await delay(10);
    await delay(50);
    expect([requests, connections]).to.deep.equal([64, 64]);
    expect(new Set((await calls).map(({ name }) => name))).to.deep.equal(new Set(['TimeoutError']));
  });

  it('given a long poll, when its signal is aborted, then it ends at once and its connection is closed', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const polling = new Promise<void>((arrived) => {
      void given(
        (request) => {
          closed = new Promise((resolve) => request.socket.once('close', resolve));
          arrived();
        },
        { requestTimeoutMs: 60_000 },
      ).then(() => {
        const command = new ReceiveMessageCommand({ QueueUrl: 'http://queue', WaitTimeSeconds: 20 });
        ended = errorOf(client.send(command, { abortSignal: stopping.signal }));
      });
    });
    const stopping = new AbortController();
    let ended: Promise<Error> = Promise.resolve(new Error('not called'));
    await polling;
    stopping.abort();
    expect((await ended).name).to.equal('AbortError');
    await closed;
  });

  it('given a call, then it has the user agent of this system', async () => {
    let userAgent: string | undefined;
    await given((request, response) => {
      userAgent = request.headers['user-agent'];
      response.writeHead(200, TYPE).end(ANSWER);
    });
    await call();
    expect(userAgent).to.equal('order-processing-system aws-sdk-js');
  });

  it('given a signal that is aborted already, then no request is sent', async () => {
    await given((_, response) => response.writeHead(200, TYPE).end(ANSWER));
    const command = new GetQueueUrlCommand({ QueueName: 'queue' });
    const error = await errorOf(client.send(command, { abortSignal: AbortSignal.abort() }));
    expect([error.name, requests]).to.deep.equal(['AbortError', 0]);
  });

  it('given calls one after the other, then they use at most two connections', async () => {
    await given((_, response) => response.writeHead(200, TYPE).end(ANSWER), { requestTimeoutMs: 5_000 });
    for (let count = 0; count < 5; count += 1) expect((await call()).QueueUrl).to.equal('http://queue');
    expect(requests).to.equal(5);
    expect(
      connections,
      'undici reuses a connection one turn of the event loop after its answer',
    ).to.be.at.most(2);
  });

  const cuts: Record<string, RequestListener> = {
    'before the answer': (request) => request.socket.destroy(),
    'in the middle of the answer': (request, response) => {
      response.writeHead(200, { ...TYPE, 'content-length': ANSWER.length });
      response.write(ANSWER.slice(0, 5), () => request.socket.destroy());
    },
  };
  for (const [when, cut] of Object.entries(cuts)) {
    it(`given a connection that is cut ${when}, then the call is repeated, and the error names the lost connection`, async () => {
      await given(cut, { requestTimeoutMs: 5_000, attempts: 2 });
      expect(await errorOf(call())).to.include({ name: 'RequestTimeout', code: 'UND_ERR_SOCKET' });
      expect(requests).to.equal(2);
    });
  }
});
