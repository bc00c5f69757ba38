import { expect } from 'chai';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type ApiClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { countRows, rowsOf } from '../../support/rows';
import { type ServicePair, startServicePair } from '../../support/service-pair';

describe('the first event of a webhook endpoint', () => {
  let pair: ServicePair;
  let url: string;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair();
    url = pair.environment['ORDER_DATABASE_URL']!;
    shop = await pair.client();
  });
  after(() => pair.stop());

  const create = async (members: object = {}): Promise<string> =>
    (await shop.post('/webhooks', { url: 'http://127.0.0.1:9/', ...members })).body.endpoint_id as string;
  const patch = (id: string, body: object) =>
    send(`${pair.orderUrl}/webhooks/${id}`, 'PATCH', body, { Authorization: `Bearer ${shop.token}` });

  /** Places an order, and waits until all of its events have a position. Returns the last position. */
  async function placeOrder(): Promise<string> {
    await shop.post('/orders', orderBody());
    return eventually(async () => {
      expect(await countRows(url, 'orders', "status <> 'DELIVERED'")).to.equal(0);
      const [feed] = await rowsOf<{ last: string; open: number }>(
        url,
        `SELECT max(position)::text AS last, (SELECT count(*)::int FROM events) - count(*)::int AS open FROM event_feed`,
      );
      expect(feed!.open).to.equal(0);
      return feed!.last;
    });
  }

  async function stateOf(id: string) {
    const [row] = await rowsOf<{ position: string }>(
      url,
      `SELECT cursor_position AS position, failing_since, consecutive_failures AS failures, paused_until, is_behind, disabled_reason
         FROM webhook_endpoints WHERE endpoint_id = '${id}'`,
    );
    return row!;
  }

  const fresh = (position: string) => ({
    position,
    failing_since: null,
    failures: 0,
    paused_until: null,
    is_behind: false,
    disabled_reason: null,
  });

  it('given earlier events, then a new endpoint begins behind them', async () => {
    const last = await placeOrder();
    expect(await stateOf(await create())).to.deep.equal(fresh(last));
  });

  it('given an endpoint that was disabled because it failed, when its client enables it, then it begins behind the last event without its failures', async () => {
    const id = await create();
    await rowsOf(
      url,
      `UPDATE webhook_endpoints SET enabled = false, disabled_reason = 'failing', failing_since = now(), consecutive_failures = 40,
              paused_until = now(), version = version + 1 WHERE endpoint_id = '${id}'`,
    );
    expect((await shop.get(`/webhooks/${id}`)).body).to.include({
      enabled: false,
      disabled_reason: 'failing',
    });
    expect((await patch(id, { enabled: false })).body).to.include({ disabled_reason: 'failing', version: 2 });
    const last = await placeOrder();
    expect((await patch(id, { enabled: true })).body).to.include({ disabled_reason: null, version: 3 });
    expect(await stateOf(id)).to.deep.equal(fresh(last));
  });

  it('given an enabled endpoint, when other members change, or it is enabled again, then it goes on where it was', async () => {
    const id = await create();
    const { position } = await stateOf(id);
    await placeOrder();
    await patch(id, { description: 'new', enabled: true });
    expect(await stateOf(id)).to.include({ position });
  });

  it('given a fan-out in progress, then a new or enabled endpoint waits for its end, so that it misses no event', async () => {
    const disabled = await create({ enabled: false });
    for (const begin of [() => create(), () => patch(disabled, { enabled: true })]) {
      let pending: Promise<unknown> = Promise.resolve();
      let isDone = false;
      await withConnection(url, async (db) => {
        await db.query('BEGIN');
        await db.query('SELECT FROM webhook_fan_out FOR UPDATE');
        pending = begin().then(() => (isDone = true));
        await eventually(async () =>
          expect(
            await countRows(
              url,
              'pg_stat_activity',
              "wait_event_type = 'Lock' AND datname = current_database()",
            ),
          ).to.be.at.least(1),
        );
        expect(isDone).to.equal(false);
        await db.query('COMMIT');
      });
      await pending;
    }
    expect((await shop.get(`/webhooks/${disabled}`)).body.enabled).to.equal(true);
  });
});
