import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type ApiClient, type ApiResponse, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { bearer } from '../../support/oauth';
import { type ServicePair, startServicePair } from '../../support/service-pair';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver';

describe('the operations on webhook deliveries', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  let shop: ApiClient;
  let receiver: WebhookReceiver;

  before(async () => {
    pair = await startServicePair({ variables: { WEBHOOK_TIMEOUT_MS: '2000', SIMULATED_STEP_MS: '0' } });
    receiver = await startWebhookReceiver();
    shop = await pair.client();
  });

  after(async () => {
    await pair.stop();
    await receiver.stop();
  });

  async function createEndpoint(path: string, types: string[] | null = null): Promise<string> {
    const { status, body, text } = await shop.post('/webhooks', {
      url: receiver.origin + path,
      event_types: types,
    });
    expect(status, text).to.equal(201);
    return body.endpoint_id as string;
  }

  async function placeOrder(): Promise<string> {
    const { body } = await shop.post('/orders', orderBody());
    return body.order_id as string;
  }

  const untilReceived = (path: string, count: number): Promise<void> =>
    eventually(() => {
      const { length } = receiver.of(path);
      if (length < count) throw new Error(`${length} of ${count}`);
    });

  /** Reads a delivery until it has the status. */
  const untilStatus = (endpointId: string, eventId: string, status: string): Promise<ApiResponse> =>
    eventually(async () => {
      const answer = await shop.get(`/webhooks/${endpointId}/deliveries/${eventId}`);
      expect(answer.body.status, answer.text).to.equal(status);
      return answer;
    });

  const patch = (endpointId: string, body: object): Promise<ApiResponse> =>
    send(`${pair.orderUrl}/webhooks/${endpointId}`, 'PATCH', body, bearer(shop.token));

  it('given a placed order, then its events arrive, and the list shows each with its attempt, page by page and filtered', async () => {
    const endpointId = await createEndpoint('/list');
    receiver.answer('/list', () => ({ body: 'thanks' }));
    const orderIds = [await placeOrder(), await placeOrder()];
    await untilReceived('/list', 10);
    const deliveries = `/webhooks/${endpointId}/deliveries`;
    const all = await eventually(async () => {
      const { body } = await shop.get(`${deliveries}?status=succeeded&limit=100`);
      expect(body.data).to.have.length(10);
      return body.data as { event_id: string; order_id: string; type: string; last_attempt: object }[];
    });
    expect(all.map(({ event_id: id }) => id)).to.deep.equal(
      all
        .map(({ event_id: id }) => id)
        .toSorted()
        .reverse(),
    );
    expect(all[0]?.last_attempt).to.include({
      attempt: 1,
      succeeded: true,
      http_status: 200,
      response_excerpt: 'thanks',
    });

    const pages: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: ApiResponse = await shop.get(`${deliveries}?limit=4${cursor && `&cursor=${cursor}`}`);
      pages.push(...(body.data as unknown[]));
      cursor = body.next_cursor as string | null;
    }
    expect(pages).to.deep.equal(all);
    const filtered = await shop.get(`${deliveries}?order_id=${orderIds[0]!}&type=order.delivered`);
    expect(filtered.body.data).to.deep.equal(
      all.filter((one) => one.order_id === orderIds[0] && one.type === 'order.delivered'),
    );
    for (const status of ['pending', 'failed'])
      expect((await shop.get(`${deliveries}?status=${status}`)).body.data).to.deep.equal([]);
  });

  it('given another client, or an unknown event or endpoint, then each operation answers 404', async () => {
    const endpointId = await createEndpoint('/private', ['order.created']);
    await placeOrder();
    await untilReceived('/private', 1);
    const eventId = receiver.of('/private')[0]!.id;
    await untilStatus(endpointId, eventId, 'succeeded');
    const other = await pair.client('demo-other');
    const range = { from: '2026-11-21T00:00:00Z', to: '2026-11-21T01:00:00Z' };
    for (const [path, body] of [
      ['deliveries', undefined],
      [`deliveries/${eventId}`, undefined],
      [`deliveries/${eventId}/retry`, {}],
      ['replay', range],
      ['test', {}],
    ] as const) {
      const call = (client: ApiClient, id: string) =>
        body ? client.post(`/webhooks/${id}/${path}`, body) : client.get(`/webhooks/${id}/${path}`);
      for (const [client, id] of [
        [other, endpointId],
        [shop, uuidv7()],
      ] as const) {
        const answer = await call(client, id);
        expect([answer.status, answer.body.code], path).to.deep.equal([404, 'webhook_not_found']);
      }
    }
    const unknown = await shop.get(`/webhooks/${endpointId}/deliveries/${uuidv7()}`);
    expect([unknown.status, unknown.body.code]).to.deep.equal([404, 'delivery_not_found']);
    expect((await shop.get(`/webhooks/${endpointId}/replays/${uuidv7()}`)).body.code).to.equal(
      'replay_not_found',
    );
  });

  it('given a delivery that waits for its next attempt, when it is retried, then it is sent at once, and the history shows all attempts', async () => {
    const endpointId = await createEndpoint('/retry', ['order.created']);
    receiver.answer('/retry', () => (receiver.of('/retry').length === 1 ? { status: 500, body: 'no' } : {}));
    await placeOrder();
    await untilReceived('/retry', 1);
    const eventId = receiver.of('/retry')[0]!.id;
    const pending = await untilStatus(endpointId, eventId, 'pending').then(() =>
      eventually(async () => {
        const { body } = await shop.get(`/webhooks/${endpointId}/deliveries/${eventId}`);
        expect(body.attempts).to.equal(1);
        return body;
      }),
    );
    expect(pending.next_attempt_at).to.be.a('string');
    const retried = await shop.post(`/webhooks/${endpointId}/deliveries/${eventId}/retry`);
    expect([retried.status, retried.body.status]).to.deep.equal([202, 'pending']);
    await untilReceived('/retry', 2);
    const { body } = await untilStatus(endpointId, eventId, 'succeeded');
    expect(body.attempts).to.equal(2);
    expect(body.history.map((one: { http_status: number }) => one.http_status)).to.deep.equal([200, 500]);
    expect(receiver.of('/retry')[1]!.body).to.equal(receiver.of('/retry')[0]!.body);
  });

  it('given a delivery that has succeeded, when it is retried, then it is sent again under the same id', async () => {
    const endpointId = await createEndpoint('/again', ['order.created']);
    await placeOrder();
    await untilReceived('/again', 1);
    const eventId = receiver.of('/again')[0]!.id;
    await untilStatus(endpointId, eventId, 'succeeded');
    expect((await shop.post(`/webhooks/${endpointId}/deliveries/${eventId}/retry`)).status).to.equal(202);
    await untilReceived('/again', 2);
    expect(receiver.of('/again')[1]!.id).to.equal(eventId);
    expect((await untilStatus(endpointId, eventId, 'succeeded')).body.attempts).to.equal(2);
  });

  it('given a later event of an order that waits, when an earlier one is retried, then both are sent at once, the earlier one first', async () => {
    const endpointId = await createEndpoint('/order', ['order.created', 'order.delivered']);
    receiver.answer('/order', ({ type }) => ({ status: type === 'order.delivered' ? 500 : 200 }));
    const orderId = await placeOrder();
    const own = () => receiver.of('/order').filter((one) => one.orderId === orderId);
    await eventually(() => expect(own()).to.have.length(2));
    const [first, second] = own().map(({ id }) => id);
    const read = () => shop.get(`/webhooks/${endpointId}/deliveries/${second}`);
    await eventually(async () => expect((await read()).body).to.include({ status: 'pending', attempts: 1 }));
    receiver.answer('/order', () => ({}));
    await shop.post(`/webhooks/${endpointId}/deliveries/${first}/retry`);
    await eventually(() => expect(own()).to.have.length(4));
    expect(own().map(({ id }) => id)).to.deep.equal([first, second, first, second]);
  });

  it('given events of a time range, when they are replayed, then they are sent again, those of an order in order, and nothing else', async () => {
    const endpointId = await createEndpoint('/replay');
    await placeOrder();
    await untilReceived('/replay', 5);
    const from = new Date().toISOString();
    const orderIds = [await placeOrder(), await placeOrder()];
    await untilReceived('/replay', 15);
    const to = new Date().toISOString();
    await placeOrder();
    await untilReceived('/replay', 20);
    const headers = { 'Idempotency-Key': uuidv7() };
    const started = await shop.post(`/webhooks/${endpointId}/replay`, { from, to }, headers);
    expect(started.status, started.text).to.equal(202);
    await untilReceived('/replay', 30);
    const again = receiver.of('/replay').slice(20);
    for (const orderId of orderIds)
      expect(again.filter((one) => one.orderId === orderId).map(({ version }) => version)).to.deep.equal([
        1, 2, 3, 4, 5,
      ]);
    const location = started.headers.get('location')!;
    const { body } = await eventually(async () => {
      const answer = await shop.get(location);
      expect(answer.body.status).to.equal('ended');
      return answer;
    });
    expect(body).to.include({ queued: 10, is_complete: true, from, to });
    const repeated = await shop.post(`/webhooks/${endpointId}/replay`, { from, to }, headers);
    expect([repeated.body.replay_id, repeated.headers.get('idempotency-replayed')]).to.deep.equal([
      body.replay_id,
      'true',
    ]);
    expect(receiver.of('/replay')).to.have.length(30);
  });

  it('given a disabled endpoint, or a range that cannot be replayed, then the replay is refused', async () => {
    const endpointId = await createEndpoint('/refused');
    const replay = (from: string, to?: string) => shop.post(`/webhooks/${endpointId}/replay`, { from, to });
    const now = Date.now();
    const at = (days: number): string => new Date(now + days * 86_400_000).toISOString();
    for (const [from, to, path] of [
      [at(-1), at(-2), 'to'],
      [at(-31), at(-0.5), 'from'],
      [at(1), at(2), 'from'],
    ] as const) {
      const answer = await replay(from, to);
      expect([answer.status, answer.body.errors[0].path]).to.deep.equal([400, path]);
    }
    await patch(endpointId, { enabled: false });
    const refused = await replay(at(-1));
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'webhook_disabled']);
  });

  it('given a test, then the endpoint gets an event at once, and the outcome is the answer, also for a disabled endpoint and a failure', async () => {
    const endpointId = await createEndpoint('/test');
    await patch(endpointId, { enabled: false });
    receiver.answer('/test', () => ({ status: receiver.of('/test').length === 1 ? 204 : 500, body: '' }));
    const first = await shop.post(`/webhooks/${endpointId}/test`);
    expect(first.body).to.include({ succeeded: true, http_status: 204, error: null });
    const second = await shop.post(`/webhooks/${endpointId}/test`);
    expect(second.body).to.include({ succeeded: false, http_status: 500 });
    const [received] = receiver.of('/test');
    expect(received).to.include({ type: 'webhook.test', id: first.body.event_id });
    expect((await shop.get(`/webhooks/${endpointId}/deliveries`)).body.data).to.deep.equal([]);
    await patch(endpointId, { url: 'http://127.0.0.1:1/none' });
    const failed = await shop.post(`/webhooks/${endpointId}/test`);
    expect(failed.body).to.include({
      succeeded: false,
      http_status: null,
      error: 'the connection was refused',
    });
  });
});
