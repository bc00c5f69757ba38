import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import {
  type StreamedEvent,
  type StreamOptions,
  streamOrderEvents,
  streamProductEvents,
} from '../../client/order-events';
import {
  EXAMPLE_CATALOGUE_EVENT,
  EXAMPLE_PUBLIC_EVENT,
} from '../../src/shared/contracts/public-event-examples';
import { thrownBy } from '../support/thrown-by';

type Answer = (response: ServerResponse) => void;

const event = (version: number): string =>
  `id: c${version}\nevent: order.updated\ndata: ${JSON.stringify({ ...EXAMPLE_PUBLIC_EVENT, version })}\n\n`;

const notice = (code: string, more = {}): string =>
  `event: ${code}\ndata: ${JSON.stringify({ code, detail: 'why', ...more })}\n\n`;

const stream =
  (...parts: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.end(['retry: 20\n\n', ...parts].join(''));
  };

/** The connection breaks behind the parts. */
const brokenStream =
  (...parts: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(['retry: 20\n\n', ...parts].join(''), () => response.destroy());
  };

const refusal =
  (status: number, body: object = {}, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers });
    response.end(JSON.stringify(body));
  };

describe('the reader of streams', () => {
  let server: Server;
  let answers: Answer[];
  let requests: { url: string; headers: IncomingHttpHeaders }[];
  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push({ url: request.url ?? '', headers: request.headers });
      (answers.shift() ?? refusal(500))(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const api = () => ({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: () => Promise.resolve('token'),
  });
  const read = (options: Partial<StreamOptions> = {}) =>
    streamOrderEvents({
      ...api(),
      orderId: 'o 1',
      ...options,
    });
  async function versionsOf(events: AsyncIterable<StreamedEvent>): Promise<number[]> {
    const versions: number[] = [];
    for await (const { event: received } of events) versions.push(received.version);
    return versions;
  }
  const lastIds = () => requests.map(({ headers }) => headers['last-event-id']);

  it('given an order that ends, then its events, and the end; the token is in the header', async () => {
    answers = [stream(event(1), event(2), notice('order_ended'))];
    expect(await versionsOf(read())).to.deep.equal([1, 2]);
    expect(requests[0]!.url).to.equal('/orders/o%201/events');
    expect(requests[0]!.headers.authorization).to.equal('Bearer token');
    expect(requests[0]!.headers.accept).to.equal('text/event-stream');
  });

  it('given filters, then they are in the query', async () => {
    answers = [stream(notice('order_ended'))];
    const filters = { customerId: 'a&b', status: 'SHIPPED', types: ['order.shipped'] } as const;
    await versionsOf(read({ orderId: undefined, ...filters } as never));
    expect(requests[0]!.url).to.equal('/orders/events?customer_id=a%26b&status=SHIPPED&types=order.shipped');
  });

  it('given the stream of products, then it yields their events, and resumes behind the last one', async () => {
    const data = JSON.stringify(EXAMPLE_CATALOGUE_EVENT);
    answers = [stream(`id: c1\nevent: inventory.reserved\ndata: ${data}\n\n`), refusal(404, { code: 'x' })];
    const seen: unknown[] = [];
    const reading = (async () => {
      const filters = { productId: 'p 1', types: ['inventory.reserved'] } as const;
      for await (const { event: received, cursor } of streamProductEvents({ ...api(), ...filters }))
        seen.push([cursor, received]);
    })();
    expect(await thrownBy(reading)).to.include({ status: 404 });
    expect(seen).to.deep.equal([['c1', EXAMPLE_CATALOGUE_EVENT]]);
    expect(requests[0]!.url).to.equal('/products/events?product_id=p+1&types=inventory.reserved');
    expect(lastIds()).to.deep.equal([undefined, 'c1']);
  });

  it('given connections that end, break or are refused by a busy server, then it resumes behind the last event', async () => {
    answers = [
      stream(event(1)),
      brokenStream(event(2), ': position c7\nid: c7\n\n'),
      refusal(503),
      brokenStream('id: c8\nevent: order.upd'),
      stream(event(3), notice('server_stopping')),
      (response) => response.writeHead(204).end(),
    ];
    const delays: number[] = [];
    const versions = await versionsOf(read({ after: 'c0', onReconnect: (ms) => delays.push(ms) }));
    expect(versions).to.deep.equal([1, 2, 3]);
    expect(lastIds()).to.deep.equal(['c0', 'c1', 'c7', 'c7', 'c7', 'c3']);
    for (const ms of delays) expect(ms).to.be.within(20, 20 * 4 * 1.5);
  });

  it('given a reader that stops in the middle, then the connection is closed', async () => {
    let closed: Promise<unknown> | undefined;
    answers = [
      (response) => {
        closed = once(response, 'close');
        response.writeHead(200).write(event(1) + event(2));
      },
    ];
    for await (const { cursor } of read()) {
      expect(cursor).to.equal('c1');
      break;
    }
    await closed;
    expect(requests).to.have.length(1);
  });

  it('given a signal, then the stream ends quietly, also while it waits', async () => {
    const stopping = new AbortController();
    answers = [stream(event(1))];
    const onReconnect = (): void => stopping.abort();
    expect(await versionsOf(read({ signal: stopping.signal, onReconnect }))).to.deep.equal([1]);
    answers = [(response) => response.writeHead(200).write(event(1))];
    const stopped = new AbortController();
    for await (const { cursor } of read({ signal: stopped.signal })) {
      expect(cursor).to.equal('c1');
      stopped.abort();
    }
  });

  it('given a token that expires or is refused once, then a new one is requested', async () => {
    const tokens = ['old', 'older', 'new'];
    answers = [
      stream(event(1), notice('token_expired')),
      refusal(401, { code: 'invalid_token' }),
      stream(event(2), notice('order_ended')),
    ];
    const token = () => Promise.resolve(tokens.shift() ?? 'none');
    expect(await versionsOf(read({ token }))).to.deep.equal([1, 2]);
    expect(requests.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer old',
      'Bearer older',
      'Bearer new',
    ]);
  });

  const refusals: [name: string, answers: Answer[], status: number, code: string][] = [
    [
      'a revoked token',
      [stream(notice('token_revoked')), refusal(401), refusal(401, { code: 'invalid_token' })],
      401,
      'invalid_token',
    ],
    [
      'a token that is refused twice',
      [refusal(401), refusal(401, { code: 'invalid_token' })],
      401,
      'invalid_token',
    ],
    ['a missing scope', [refusal(403, { code: 'insufficient_scope' })], 403, 'insufficient_scope'],
    ['an unknown order', [refusal(404, { code: 'order_not_found' })], 404, 'order_not_found'],
    [
      'too many streams',
      Array<Answer>(4).fill(refusal(429, { code: 'too_many_streams' })),
      429,
      'too_many_streams',
    ],
    ['pruned events', [refusal(410, { code: 'events_pruned', earliest_cursor: 'e' })], 410, 'events_pruned'],
    [
      'a history that changed in the middle',
      [stream(event(1), notice('history_changed', { earliest_cursor: 'e' }))],
      410,
      'history_changed',
    ],
  ];
  for (const [name, given, status, code] of refusals) {
    it(`given ${name}, then the refusal is thrown`, async () => {
      answers = [...given];
      const error = await thrownBy(versionsOf(read()));
      expect(error).to.include({ name: 'StreamRefusedError', status, code });
      expect(answers).to.deep.equal([]);
      if (status === 410) expect(error).to.include({ earliestCursor: 'e' });
    }).timeout(20_000);
  }

  it('given refusals between other failures, then only those in a row with the same status count', async () => {
    answers = [
      brokenStream(),
      refusal(503),
      refusal(401),
      (response) => response.destroy(),
      refusal(401),
      refusal(429),
      refusal(429),
      refusal(429),
      stream(event(1)),
      refusal(429),
      stream(event(2), notice('order_ended')),
    ];
    expect(await versionsOf(read())).to.deep.equal([1, 2]);
    expect(answers).to.deep.equal([]);
  }).timeout(60_000);

  it('given a connection that breaks before the present state, then the stream begins with it again', async () => {
    answers = [brokenStream('id: c1\nevent: order.upd'), stream(event(2), notice('order_ended'))];
    expect(await versionsOf(read())).to.deep.equal([2]);
    expect(lastIds()).to.deep.equal([undefined, undefined]);
  });

  it('given Retry-After, then it waits that long', async () => {
    answers = [
      refusal(429, { code: 'quota_exceeded' }, { 'Retry-After': '1' }),
      stream(notice('order_ended')),
    ];
    const delays: number[] = [];
    await versionsOf(read({ onReconnect: (ms) => delays.push(ms) }));
    expect(delays).to.have.length(1);
    expect(delays[0]).to.be.at.least(1_000);
  });
});
