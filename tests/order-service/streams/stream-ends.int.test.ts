import { expect } from 'chai';
import { type ApiClient } from '../../support/api-client';
import { type EventListener, listen } from '../../support/event-listener';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { forger } from '../../support/forged-tokens';
import { basic, postForm } from '../../support/oauth';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('the end of a stream', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  let shop: ApiClient;
  let db: string;
  const open: EventListener[] = [];
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    shop = await pair.client();
    db = pair.environment['ORDER_DATABASE_URL']!;
  });
  after(() => pair.stop());
  afterEach(() => open.splice(0).forEach((listener) => listener.close()));

  async function hear(path: string, token = shop.token, headers = {}): Promise<EventListener> {
    const listener = await listen(pair.orderUrl + path, token, headers);
    open.push(listener);
    return listener;
  }
  const place = async (): Promise<string> =>
    (await shop.post('/orders', orderBody())).body.order_id as string;
  const inFeed = (orderId: string) =>
    eventually(async () => {
      const [event] = (await shop.get(`/events?order_id=${orderId}`)).body.data as object[];
      expect(event).to.not.equal(undefined);
    });

  it('given a token that expires, then its streams end with token_expired, not earlier, and resume with a new token', async () => {
    const { claims, forge } = forger('http://localhost:3001', 'order-processing-system', 'demo-client');
    const orderId = await place();
    await inFeed(orderId);
    await inFeed(await place());
    const exp = Math.floor(Date.now() / 1_000) + 6;
    const token = forge({ ...claims(), exp });
    const listeners = [await hear('/orders/events', token), await hear(`/orders/${orderId}/events`, token)];
    for (const listener of listeners) {
      await listener.untilEnded();
      expect(Date.now()).to.be.at.least(exp * 1_000);
      expect(listener.messages.at(-1)).to.deep.include({ name: 'token_expired', id: undefined });
      expect(listener.messages.at(-1)!.data.code).to.equal('token_expired');
    }
    await place();
    const again = await hear('/orders/events', shop.token, { 'Last-Event-ID': listeners[0]!.lastId()! });
    await again.until(1);
  });

  it('given a token that is revoked, then its streams end with token_revoked, and those of another token go on', async () => {
    const revoked = await pair.client();
    const [ended, kept] = [await hear('/orders/events', revoked.token), await hear('/orders/events')];
    await postForm(
      `${pair.orderUrl}/auth/revoke`,
      { token: revoked.token },
      basic('demo-client', 'demo-secret'),
    );
    await ended.untilEnded();
    expect(ended.messages.map(({ name }) => name)).to.deep.equal(['token_revoked']);
    await place();
    await kept.until(1);
  });

  it('given a client that loses the scope, then its streams end with token_revoked', async () => {
    const other = await pair.client('demo-other');
    const listener = await hear('/orders/events', other.token);
    await rowsOf(
      db,
      `UPDATE clients SET scopes = array_remove(scopes, 'order:read') WHERE client_id = 'demo-other'`,
    );
    await listener.untilEnded();
    expect(listener.messages.map(({ name }) => name)).to.deep.equal(['token_revoked']);
  });

  it('given an operator that becomes a shop, then its streams of all clients end', async () => {
    const operator = await pair.client('demo-operator');
    const listener = await hear('/orders/events', operator.token);
    await rowsOf(db, `UPDATE clients SET scopes = '{order:read}' WHERE client_id = 'demo-operator'`);
    await listener.untilEnded();
    expect(listener.messages.map(({ name }) => name)).to.deep.equal(['token_revoked']);
  });

  it('given a cursor whose events were removed, then 410 with the earliest cursor, which works', async () => {
    const orderId = await place();
    await inFeed(orderId);
    const removed = (await shop.get('/events?limit=1')).body.next_cursor as string;
    await rowsOf(db, 'DELETE FROM event_feed WHERE position < (SELECT max(position) FROM event_feed)');
    for (const path of ['/orders/events', `/orders/${orderId}/events`]) {
      const { status, body } = await shop.get(path, { 'Last-Event-ID': removed });
      expect([status, body.code]).to.deep.equal([410, 'events_pruned']);
      const again = await hear(path, shop.token, { 'Last-Event-ID': body.earliest_cursor as string });
      expect(again.status).to.equal(200);
    }
  });

  it('given a cursor beyond the end of the feed, then 410; given a history that changes, then running streams end with it', async () => {
    const listener = await hear('/orders/events');
    await place();
    await listener.until(1);
    await rowsOf(
      db,
      `UPDATE event_feed SET event_id = gen_random_uuid() WHERE position = (SELECT max(position) FROM event_feed)`,
    );
    await listener.untilEnded();
    const end = listener.messages.at(-1)!;
    expect([end.name, end.data.code]).to.deep.equal(['history_changed', 'history_changed']);
    const { status, body } = await shop.get('/orders/events', { 'Last-Event-ID': listener.lastId()! });
    expect([status, body.code]).to.deep.equal([410, 'history_changed']);
    expect(body.earliest_cursor).to.equal(end.data.earliest_cursor);
  });
});
