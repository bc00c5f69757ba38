import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { type ApiClient, send, type ApiResponse } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { countRows } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const MEGABYTES_5 = 5 * 1024 * 1024;

/** A line of just below 100 kB with 9 000 invalid pairs. */
const wrongPairs = (): string =>
  JSON.stringify({ ...orderBody(), metadata: Object.fromEntries([...Array(9_000)].map((_, n) => [n, 1])) });

describe('hostile bulk requests', function () {
  this.timeout(90_000);
  let pair: ServicePair;
  let shop: ApiClient;
  let other: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    shop = await pair.client('demo-client');
    other = await pair.client('demo-other');
  });
  after(() => pair.stop());

  const orders = (): Promise<number> => countRows(pair.environment['ORDER_DATABASE_URL']!, 'orders', 'true');
  const headersOf = (client: ApiClient, more: Record<string, string | number> = {}) => ({
    Authorization: `Bearer ${client.token}`,
    'Content-Type': 'application/x-ndjson',
    ...more,
  });
  const bulk = (body: string, more: Record<string, string> = {}, client = shop): Promise<ApiResponse> =>
    send(`${pair.orderUrl}/orders/bulk`, 'POST', body, headersOf(client, more));
  /** A request whose body and answer are handled by the test. */
  function open(client: ApiClient, more: Record<string, string | number> = {}): ClientRequest {
    const request = httpRequest(`${pair.orderUrl}/orders/bulk`, {
      method: 'POST',
      headers: headersOf(client, more),
    });
    request.on('error', () => undefined);
    return request;
  }

  /** Begins a request of 5 MB. The server requests its body when there is room; earlier requests release their room within a second. */
  async function holdPlace(): Promise<ClientRequest> {
    let request!: ClientRequest;
    await eventually(async () => {
      request = open(shop, { 'Content-Length': MEGABYTES_5, Expect: '100-continue' });
      const isAsked = once(request, 'continue').then(() => true);
      const isAnswered = once(request, 'response').then(() => false);
      request.flushHeaders();
      expect(await Promise.race([isAsked, isAnswered])).to.equal(true);
    });
    return request;
  }

  it('given 5 MB with 9 000 invalid pairs per line, then the results have a few kB per line, and other requests are answered meanwhile', async () => {
    const line = wrongPairs();
    const count = Math.floor(MEGABYTES_5 / (line.length + 1));
    let isOver = false;
    const answered = bulk(Array(count).fill(line).join('\n')).finally(() => (isOver = true));
    let others = 0;
    while (!isOver) {
      expect((await other.get('/health/live')).status).to.equal(200);
      others += 1;
    }
    const { status, text } = await answered;
    const lines = text.trimEnd().split('\n');
    expect([status, lines.length]).to.deep.equal([200, count]);
    for (const result of lines) expect(result.length).to.be.below(4_096);
    expect(JSON.parse(lines[0]!).problem.errors).to.deep.equal([
      { path: 'metadata', message: 'must not have more than 1000 members' },
    ]);
    // Between two lines, or parts of lines, other requests are processed.
    expect(others).to.be.above(2);
  });

  it('given lines, then the first result is sent before the last line is executed', async () => {
    const before = await orders();
    const lines = [...Array(600)].map((_, n) => JSON.stringify(orderBody({ customer_id: `early-${n}` })));
    const request = open(shop).end(lines.join('\n'));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).to.match(/^\{"line":1,"status":201,/);
    expect(await orders()).to.be.below(before + 600);
    response.resume();
    await once(response, 'end');
    expect(await orders()).to.equal(before + 600);
  });

  it('given a caller that disconnects, then placed orders are kept, and no more orders are placed', async () => {
    const before = await orders();
    const lines = [...Array(1_000)].map((_, n) => JSON.stringify(orderBody({ customer_id: `left-${n}` })));
    const request = open(shop, { 'Idempotency-Key': 'left' }).end(lines.join('\n'));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    const placed = await eventually(async () => {
      const found = await orders();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await orders(), 'at rest').to.equal(found);
      return found - before;
    });
    expect(placed).to.be.within(1, 999);
    const again = await bulk(lines.slice(0, 10).join('\n'), { 'Idempotency-Key': 'left' });
    expect(again.text).to.contain('"replayed":true');
  });

  it('given bytes that are not UTF-8, then 400, and no line is executed', async () => {
    const before = await orders();
    const good = `${JSON.stringify(orderBody())}\n`;
    for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]]) {
      const body = Buffer.concat([
        Buffer.from(`${good}{"customer_id":"`),
        Buffer.from(bytes),
        Buffer.from('"}'),
      ]);
      const request = open(shop).end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const chunks = (await response.toArray()) as Buffer[];
      const { code, detail } = JSON.parse(Buffer.concat(chunks).toString()) as {
        code: string;
        detail: string;
      };
      expect([response.statusCode, code, detail]).to.deep.equal([
        400,
        'malformed_json',
        'the request body is not UTF-8 in line 2',
      ]);
    }
    expect(await orders()).to.equal(before);
  });

  it('given a byte order mark, CRLF, or the other media type of the format, then the lines are read', async () => {
    const line = (customer: string): string => JSON.stringify(orderBody({ customer_id: customer }));
    const { text } = await bulk(`\ufeff${line('marked')}\r\n${line('second')}\r\n`, {
      'Content-Type': 'application/ndjson; charset=UTF8',
    });
    expect(text.match(/"status":201/g)).to.have.length(2);
  });

  it('given too many bytes, then 413 names the limit of the request or of the line', async () => {
    const tooLarge = await bulk(' '.repeat(MEGABYTES_5 + 1));
    expect([tooLarge.status, tooLarge.body.detail]).to.deep.equal([
      413,
      'the request body is larger than 5 MB',
    ]);
    const { text } = await bulk(JSON.stringify(orderBody({ customer_id: 'x'.repeat(102_400) })));
    expect(JSON.parse(text).problem.detail).to.equal('the line is larger than 100 kB');
  });

  it('given 5 MB of empty lines around one order, then it is placed', async () => {
    const body = `${'\n'.repeat(MEGABYTES_5 / 2)}${JSON.stringify(orderBody({ customer_id: 'hidden' }))}${' \n'.repeat(100)}`;
    const { text } = await bulk(body);
    expect(JSON.parse(text)).to.include({ line: MEGABYTES_5 / 2 + 1, status: 201 });
  });

  it('given large requests in progress, then a further one of that client is refused, other clients are served, and there is room again later', async () => {
    const held = [await holdPlace(), await holdPlace()];
    const large = '\n'.repeat(MEGABYTES_5 - 1_000) + JSON.stringify(orderBody({ customer_id: 'large' }));
    const refused = await bulk(large);
    expect(refused.status).to.equal(429);
    expect([refused.body.code, refused.headers.get('retry-after')]).to.deep.equal(['quota_exceeded', '1']);
    expect((await bulk(large, {}, other)).status).to.equal(200);
    expect((await shop.post('/orders', orderBody({ customer_id: 'single' }))).status).to.equal(201);
    for (const request of held) request.destroy();
    await eventually(async () => expect((await bulk(large)).status).to.equal(200));
  });
});

describe('the quota of bulk requests', () => {
  let pair: ServicePair;
  beforeEach(async () => {
    pair = await startServicePair({
      variables: { SIMULATED_STEP_MS: '3600000', RATE_LIMIT_PER_MINUTE: '20' },
    });
  });
  afterEach(() => pair.stop());

  it('given lines, then each counts; without quota for all of them, none is executed, and a request with fewer lines is still accepted', async () => {
    const shop = await pair.client('demo-client');
    const bulk = (count: number, name: string): Promise<ApiResponse> => {
      const lines = [...Array(count)].map((_, n) =>
        JSON.stringify(orderBody({ customer_id: `${name}-${n}` })),
      );
      return shop.post('/orders/bulk', lines.join('\n'), { 'Content-Type': 'application/x-ndjson' });
    };
    const first = await bulk(12, 'a');
    expect([first.status, first.headers.get('ratelimit')]).to.satisfy(
      ([status, header]: [number, string]) => status === 200 && /r=8;/.test(header),
    );
    const refused = await bulk(12, 'b');
    expect([refused.status, refused.body.code]).to.deep.equal([429, 'quota_exceeded']);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    expect(refused.body.detail).to.contain('counts as 12 requests; 8 of 20 per minute are left');
    const rest = await bulk(7, 'c');
    expect([rest.status, rest.text.trimEnd().split('\n').length]).to.deep.equal([200, 7]);
    expect((await shop.get('/orders')).status).to.equal(429);
    expect(await countRows(pair.environment['ORDER_DATABASE_URL']!, 'orders', 'true')).to.equal(19);
  });
});
