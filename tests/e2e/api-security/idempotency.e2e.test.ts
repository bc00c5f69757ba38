import { expect } from 'chai';
import { Redis } from 'ioredis';
import { bearerClient, send, type ApiClient, type ApiResponse } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { testInfrastructure } from '../../support/mocha-hooks';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('API security: idempotency of POST /orders', () => {
  const count = countCases('idempotency');
  afterEach(() => count());
  let pair: ServicePair;
  let client: ApiClient;
  before(async () => {
    pair = await startServicePair();
    client = await pair.client();
  });
  after(() => pair.stop());

  const post = (body: unknown, key?: string, as = client): Promise<ApiResponse> =>
    as.post('/orders', body, key === undefined ? {} : { 'Idempotency-Key': key });
  /** Repeats a request that was refused because the guard was locked for too long, as on a busy machine. */
  const postUntilAvailable = (body: unknown): Promise<ApiResponse> =>
    eventually(async () => {
      const answer = await post(body);
      if (answer.status === 503) throw new Error(answer.text);
      return answer;
    });
  const ordersOf = (customerId: string): Promise<number> =>
    countRows(pair.environment['ORDER_DATABASE_URL']!, 'orders', `customer_id = '${customerId}'`);

  it('given 100 parallel requests with one key, then one order exists and all answers are the same bytes', async () => {
    const body = orderBody();
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(body, 'parallel-key')));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
    const fresh = answers.filter(({ headers }) => headers.get('idempotency-replayed') === null);
    expect(fresh).to.have.length(1);
    expect(await ordersOf(body.customer_id)).to.equal(1);
  });

  it('given parallel requests with one key and two bodies, then one order exists, and the other body is refused', async () => {
    const bodies = [orderBody(), orderBody()];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => post(bodies[index % 2], 'two-bodies')),
    );
    const ofBody = (half: number) => answers.filter((_, index) => index % 2 === half);
    const placed = (await ordersOf(bodies[0]!.customer_id)) === 1 ? 0 : 1;
    expect(await ordersOf(bodies[1 - placed]!.customer_id)).to.equal(0);
    expect(new Set(ofBody(placed).map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(ofBody(placed)[0]!.status).to.equal(201);
    for (const { status, body } of ofBody(1 - placed))
      expect([status, body.code]).to.deep.equal([422, 'idempotency_key_reused']);
  });

  it('given 20 parallel requests without a key, then one order exists and the repeats answer 200', async () => {
    const body = orderBody();
    const answers = await Promise.all(Array.from({ length: 20 }, () => postUntilAvailable(body)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([...Array<number>(19).fill(200), 201]);
    expect(new Set(answers.map((answer) => answer.body.order_id)).size).to.equal(1);
    expect(await ordersOf(body.customer_id)).to.equal(1);
  });

  it('given a used key, when another body is sent with it, then 422 and nothing is executed', async () => {
    await post(orderBody(), 'reused');
    const other = orderBody();
    const answer = await post(other, 'reused');
    expect(answer.status).to.equal(422);
    expect(answer.body.code).to.equal('idempotency_key_reused');
    expect(await ordersOf(other.customer_id)).to.equal(0);
  });

  it('given a key, when the same JSON is sent with another order of members, then it is replayed', async () => {
    const body = orderBody();
    const first = await post(body, 'reordered');
    const reordered = Object.fromEntries(Object.entries(body).reverse());
    const again = await post(reordered, 'reordered');
    expect(again.text).to.equal(first.text);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    expect(again.headers.get('location')).to.equal(first.headers.get('location'));
  });

  it('given a raw key, when it is repeated in quotes as in the IETF draft, then it is the same key', async () => {
    const body = orderBody();
    const first = await post(body, 'abc"1');
    const again = await post(body, String.raw`"abc\"1"`);
    expect(again.text).to.equal(first.text);
  });

  it('given one key, when two clients use it, then each creates its own order', async () => {
    const body = orderBody();
    const other = await pair.client('demo-other');
    const mine = await post(body, 'shared-name');
    const theirs = await post(body, 'shared-name', other);
    expect(theirs.status).to.equal(201);
    expect(theirs.headers.get('idempotency-replayed')).to.equal(null);
    expect(theirs.body.order_id).not.to.equal(mine.body.order_id);
  });

  it('given a request that was refused as invalid, when it is corrected under the same key, then it is executed', async () => {
    const refused = await post(orderBody({ items: [] }), 'after-400');
    expect(refused.status).to.equal(400);
    expect((await post(orderBody(), 'after-400')).status).to.equal(201);
  });

  it('given a key that is replayed after the order moved on, then the stored body is returned, not the current one', async () => {
    const body = orderBody();
    const first = await post(body, 'moved-on');
    await pair.delivery.progress.runOnce();
    const again = await post(body, 'moved-on');
    expect(again.text).to.equal(first.text);
  });

  for (const [name, key] of [
    ['empty', ''],
    ['longer than 255', 'k'.repeat(256)],
    ['not visible ASCII', 'caf\u00e9'],
    ['with a space', 'a b'],
  ] as const) {
    it(`given a key that is ${name}, then 400 names the header`, async () => {
      const answer = await post(orderBody(), key);
      expect(answer.status).to.equal(400);
      expect(answer.body.errors[0].path).to.equal('Idempotency-Key');
    });
  }

  it('given two orders without key that differ in client_timestamp, then both are placed', async () => {
    const body = orderBody();
    const first = await post({ ...body, client_timestamp: '2026-01-01T10:00:00Z' });
    const second = await post({ ...body, client_timestamp: '2026-01-01T10:00:01Z' });
    const repeat = await post({ ...body, client_timestamp: '2026-01-01T10:00:01Z' });
    expect([first.status, second.status, repeat.status]).to.deep.equal([201, 201, 200]);
    expect(repeat.body.order_id).to.equal(second.body.order_id);
  });

  it('given an order without key, when it is repeated with its items in another sequence, then it is the same submission', async () => {
    const body = orderBody();
    const first = await post(body);
    const again = await post({ ...body, items: body.items.toReversed() });
    expect(again.status).to.equal(200);
    expect(again.body.order_id).to.equal(first.body.order_id);
  });

  it('given an order whose duplicate window has passed, when it is sent again without key, then it is a new order', async () => {
    const body = orderBody();
    const first = await post(body);
    await expireSubmission(pair, first.body.order_id as string);
    const second = await post(body);
    expect(second.status).to.equal(201);
    expect(second.body.order_id).not.to.equal(first.body.order_id);
    expect((await post(body)).body.order_id).to.equal(second.body.order_id);
  });

  it('given two systems with one Redis, then neither answers with an order of the other', async () => {
    const other = await startServicePair();
    try {
      const body = orderBody();
      const here = await post(body, 'same-redis');
      const there = await post(body, 'same-redis', await other.client());
      expect(there.status).to.equal(201);
      expect(there.headers.get('idempotency-replayed')).to.equal(null);
      expect(there.body.order_id).not.to.equal(here.body.order_id);
    } finally {
      await other.stop();
    }
  });

  it('given Redis flushed, then stopped, then back: replays stay the same bytes', async () => {
    const infrastructure = await testInfrastructure();
    const body = orderBody();
    const first = await post(body, 'redis-key');
    const redis = new Redis(infrastructure.redisUrl);
    await redis.flushall();
    redis.disconnect();
    expect((await post(body, 'redis-key')).text).to.equal(first.text);

    await infrastructure.stopRedis();
    try {
      const whileDown = await post(body, 'redis-key');
      expect(whileDown.text).to.equal(first.text);
      const health = await client.get('/health');
      expect(health.body).to.include({ status: 'degraded' });
      expect((await post(orderBody(), 'placed-without-redis')).status).to.equal(201);
    } finally {
      await infrastructure.startRedis();
    }
    expect((await post(body, 'redis-key')).text).to.equal(first.text);
  });

  it('given a token that lost the scope, when it repeats a request, then 403 and not the stored answer', async () => {
    const body = orderBody();
    expect((await post(body, 'scope-loss')).status).to.equal(201);
    const credentials = {
      grant_type: 'client_credentials',
      client_id: 'demo-client',
      client_secret: 'demo-secret',
    };
    const { body: token } = await send(`${pair.orderUrl}/auth/token`, 'POST', {
      ...credentials,
      scope: 'order:read',
    });
    const answer = await post(body, 'scope-loss', bearerClient(pair.orderUrl, token.access_token as string));
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
    const unauthenticated = await post(body, 'scope-loss', bearerClient(pair.orderUrl, 'a.b.c'));
    expect(unauthenticated.status).to.equal(401);
  });

  it('given a key, when it is repeated below /v1, then it is the same request', async () => {
    const body = orderBody();
    const first = await post(body, 'v1');
    const again = await client.post('/v1/orders', body, { 'Idempotency-Key': 'v1' });
    expect([again.text, again.headers.get('idempotency-replayed')]).to.deep.equal([first.text, 'true']);
  });

  it('given invalid keys, then 400 names the header and nothing is executed', async () => {
    for (const key of ['', 'x'.repeat(256), 'with space', 'umlaut-ä', '""', '"open']) {
      const body = orderBody();
      const answer = await post(body, key);
      if (key === '"open') expect(answer.status, key).to.equal(201);
      else expect([answer.status, answer.body.code], key).to.deep.equal([400, 'invalid_idempotency_key']);
      expect(await ordersOf(body.customer_id), key).to.equal(key === '"open' ? 1 : 0);
    }
    expect((await post(orderBody(), 'x'.repeat(255))).status).to.equal(201);
  });
});

/** Simulates the end of the duplicate window, in the database and in the cache. */
async function expireSubmission(pair: ServicePair, orderId: string): Promise<void> {
  const url = pair.environment['ORDER_DATABASE_URL']!;
  await rowsOf(
    url,
    `UPDATE idempotency_records SET expires_at = now() - interval '1 second' WHERE order_id = $1`,
    [orderId],
  );
  const redis = new Redis((await testInfrastructure()).redisUrl);
  await redis.flushall();
  redis.disconnect();
}
