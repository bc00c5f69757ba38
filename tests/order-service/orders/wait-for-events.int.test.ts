import { expect } from 'chai';
import { composeOrderService, readOrderServiceConfig } from '../../../src/order-service/composition';
import { startService, stopService } from '../../../src/shared/runtime/lifecycle';
import { apiClient, type ApiClient, type ApiResponse } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { silentLogger, startServicePair, type ServicePair } from '../../support/service-pair';

/** Far below the wait of 20 s: an answer within it came because of an event. */
const AT_ONCE_MS = 10_000;

describe('GET /events?wait=', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  beforeEach(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    shop = await pair.client();
  });
  afterEach(() => pair.stop());

  const latest = async (): Promise<string> => {
    const { body } = await shop.get('/events?after=latest');
    return body.next_cursor as string;
  };

  async function place(client = shop, members = {}): Promise<string> {
    const { status, body } = await client.post('/orders', orderBody(members));
    expect(status).to.equal(201);
    return body.order_id as string;
  }

  async function untilFed(orderId: string, version: number): Promise<void> {
    await eventually(async () => {
      const { body } = await shop.get(`/events?order_id=${orderId}`);
      expect(body.data).to.have.lengthOf.at.least(version);
    });
  }

  /** The answer, which must come long before the wait is over. */
  async function atOnce(answer: Promise<ApiResponse>): Promise<ApiResponse> {
    const start = performance.now();
    const response = await answer;
    expect(performance.now() - start).to.be.below(AT_ONCE_MS);
    return response;
  }

  it('given two requests that wait, then the event of one order answers one of them, and the other one waits on', async () => {
    const [first, second] = [await place(), await place()];
    await Promise.all([untilFed(first, 1), untilFed(second, 1)]);
    const after = await latest();
    const one = shop.get(`/events?after=${after}&order_id=${first}&wait=20`);
    const two = shop.get(`/events?after=${after}&order_id=${second}&wait=20`);
    await shop.post(`/orders/${first}/cancel`);
    const { body } = await atOnce(one);
    expect(body.data[0]).to.include({ type: 'order.cancellation_requested', order_id: first, version: 2 });
    expect(await Promise.race([two, Promise.resolve('waiting')])).to.equal('waiting');
    await shop.post(`/orders/${second}/cancel`);
    const { body: other } = await atOnce(two);
    expect(other.data[0]).to.include({ order_id: second, version: 2 });
  });

  it('given an event of another instance, then a request that waits is answered with it', async () => {
    const instance = composeOrderService(
      readOrderServiceConfig({ ...pair.environment, ORDER_SERVICE_PORT: '0' }),
      { logger: silentLogger },
    );
    await startService(instance);
    try {
      const waiting = shop.get(`/events?after=${await latest()}&wait=20`);
      const elsewhere = await apiClient(`http://127.0.0.1:${instance.http.port()}`, 'demo-client');
      const placed = await place(elsewhere);
      const { body } = await atOnce(waiting);
      expect(body.data[0]).to.include({ order_id: placed, type: 'order.created' });
    } finally {
      await stopService(instance);
    }
  });

  it('given no event that matches, then the answer is empty after the time, and its cursor is behind the events of others', async () => {
    const [quiet, operator] = [await pair.client('demo-other'), await pair.client('demo-operator')];
    const after = await latest();
    const placed = await place();
    await untilFed(placed, 1);
    const { status, body } = await quiet.get(`/events?after=${after}&wait=1`);
    expect([status, body.data, body.has_more]).to.deep.equal([200, [], false]);
    const idsAfter = async (cursor: string) =>
      (await operator.get(`/events?after=${cursor}`)).body.data.map(
        ({ order_id: id }: { order_id: string }) => id,
      );
    expect(await idsAfter(after)).to.deep.equal([placed]);
    expect(await idsAfter(body.next_cursor as string)).to.deep.equal([]);
  });

  it('given requests that wait while the service stops, then they are answered at once, and the stop is clean', async () => {
    const after = await latest();
    const requests = [1, 2, 3].map(() => shop.get(`/events?after=${after}&wait=20`));
    // They have arrived when a later request is answered.
    await shop.get('/events?limit=1');
    const start = performance.now();
    expect(await stopService(pair.orders)).to.equal(true);
    expect(performance.now() - start).to.be.below(AT_ONCE_MS);
    for (const { status, body } of await Promise.all(requests))
      expect([status, body]).to.deep.equal([200, { data: [], next_cursor: after, has_more: false }]);
  });

  it('given a client that disconnects, then its wait ends, and others are not affected', async () => {
    const after = await latest();
    const caller = new AbortController();
    const headers = { Authorization: `Bearer ${shop.token}` };
    const gone = fetch(`${pair.orderUrl}/events?after=${after}&wait=20`, { headers, signal: caller.signal });
    const stays = shop.get(`/events?after=${after}&wait=20`);
    await shop.get('/events?limit=1');
    caller.abort();
    await gone.catch(() => undefined);
    const placed = await place();
    expect((await atOnce(stays)).body.data[0]).to.include({ order_id: placed });
  });
});
