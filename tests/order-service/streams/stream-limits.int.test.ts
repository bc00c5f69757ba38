import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { type EventListener, listen } from '../../support/event-listener';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const PER_CLIENT = 3;
const IN_ALL = 5;

/** Large events, so that the buffers of the operating system fill up too. */
const LARGE = orderBody({
  items: [...Array(100)].map((_, n) => ({
    product_id: `${'x'.repeat(90)}${n}`,
    quantity: 1,
    unit_price: 1,
  })),
  metadata: Object.fromEntries([...Array(20)].map((_, n) => [`m${n}`, 'y'.repeat(500)])),
});
const LARGE_ORDERS = 80;

describe('the limits of streams', function () {
  this.timeout(120_000);
  let pair: ServicePair;
  let shop: ApiClient;
  const open: EventListener[] = [];
  before(async () => {
    pair = await startServicePair({
      variables: {
        STREAMS_PER_CLIENT: String(PER_CLIENT),
        STREAMS_MAX: String(IN_ALL),
        STREAM_BUFFER_BYTES: '32768',
      },
    });
    shop = await pair.client();
  });
  after(() => pair.stop());
  afterEach(() => open.splice(0).forEach((listener) => listener.close()));

  const hear = async (token: string, headers = {}): Promise<EventListener> => {
    const listener = await listen(`${pair.orderUrl}/orders/events`, token, headers);
    open.push(listener);
    return listener;
  };
  const metric = async (name: string): Promise<number> => {
    const { text } = await (await pair.client('demo-operator')).get('/metrics');
    const [, value] = new RegExp(`^${name}{[^}]*} (\\S+)`, 'm').exec(text) ?? [];
    return Number(value ?? 0);
  };

  it(`given ${PER_CLIENT} streams of a client, then 429 for one more, until one is closed; other clients are served`, async () => {
    const other = await pair.client('demo-other');
    for (let n = 0; n < PER_CLIENT; n += 1) expect((await hear(shop.token)).status).to.equal(200);
    const { status, body, headers } = await shop.get('/orders/events');
    expect([status, body.code, headers.get('retry-after')]).to.deep.equal([429, 'too_many_streams', '10']);
    expect((await hear(other.token)).status).to.equal(200);
    expect(await metric('streams_open')).to.equal(PER_CLIENT + 1);
    open.shift()!.close();
    await eventually(async () => expect((await hear(shop.token)).status).to.equal(200));
  });

  it(`given ${IN_ALL} streams in all, then 503 with Retry-After for one more, and requests are served`, async () => {
    await eventually(async () => expect(await metric('streams_open')).to.equal(0));
    const [other, operator] = [await pair.client('demo-other'), await pair.client('demo-operator')];
    for (const { token } of [shop, shop, shop, other, other])
      expect((await hear(token)).status).to.equal(200);
    const { status, body, headers } = await operator.get('/orders/events');
    expect([status, body.code, headers.get('retry-after')]).to.deep.equal([503, 'unavailable', '10']);
    expect((await operator.get('/orders')).status).to.equal(200);
  });

  it('given pipelined requests for streams, then closing their connection closes all of them', async () => {
    open.splice(0).forEach((listener) => listener.close());
    await eventually(async () => expect(await metric('streams_open')).to.equal(0));
    const socket = connect(Number(new URL(pair.orderUrl).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    const request = `GET /orders/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop.token}\r\n\r\n`;
    socket.write(request.repeat(PER_CLIENT));
    await eventually(async () => expect(await metric('streams_open')).to.equal(PER_CLIENT));
    socket.destroy();
    await eventually(async () => expect(await metric('streams_open')).to.equal(0));
    expect((await hear(shop.token)).status).to.equal(200);
  });

  it('given a reader that stops reading, then it is disconnected, and misses nothing when it resumes', async () => {
    const start = (await shop.get('/events?after=latest')).body.next_cursor as string;
    const fast = await hear(shop.token, { 'Last-Event-ID': start });
    const slow = await stopReading(pair.orderUrl, shop.token, start);
    for (let n = 0; n < LARGE_ORDERS; n += 1) await shop.post('/orders', { ...LARGE, customer_id: `c${n}` });
    await fast.until(LARGE_ORDERS * 5, 60_000);
    await eventually(async () => expect(await metric('streams_dropped_total')).to.equal(1), 30_000);
    const text = await rest(slow);
    const ids = [...text.matchAll(/^id: (\S+)\nevent: \S+\ndata: .+\n\n/gm)].map(([, id]) => id!);
    expect(ids.length).to.be.below(LARGE_ORDERS * 5);
    const again = await hear(shop.token, { 'Last-Event-ID': ids.at(-1) ?? start });
    await again.until(LARGE_ORDERS * 5 - ids.length);
    const all = [...ids, ...again.messages.map(({ id }) => id)];
    expect(all).to.deep.equal(fast.messages.map(({ id }) => id));
  });
});

/** Opens a stream and reads none of its answer. */
async function stopReading(url: string, token: string, lastId: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => undefined);
  const head = [
    'GET /orders/events HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${token}`,
    `Last-Event-ID: ${lastId}`,
  ];
  await new Promise((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n`, resolve));
  return socket;
}

/** What had arrived before the server closed the connection, without the frames of the chunked encoding. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  return text.replaceAll(/\r\n[0-9a-f]+\r\n/g, '');
}
