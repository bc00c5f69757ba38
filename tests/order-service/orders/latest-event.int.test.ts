import { expect } from 'chai';
import { toOrderResource } from '../../../src/order-service/orders/domain/order-resource';
import { findOrder } from '../../../src/order-service/orders/store/order-store';
import {
  latestEventOfOrder,
  readPublicEvents,
} from '../../../src/order-service/orders/use-cases/read-public-events';
import { latestCursor } from '../../../src/shared/event-log/event-feed';
import { FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type ApiClient } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { openDatabase } from '../../support/open-database';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const OWNER = 'demo-client';

describe('the latest event of an order', () => {
  let pair: ServicePair;
  let url: string;
  let db: ServiceDatabase;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    url = pair.environment['ORDER_DATABASE_URL']!;
    db = openDatabase(url);
    shop = await pair.client();
  });
  after(async () => {
    await db.stop();
    await pair.stop();
  });

  const place = async (): Promise<string> =>
    (await shop.post('/orders', orderBody())).body.order_id as string;
  const latest = (orderId: string, owner: string | null = OWNER) =>
    latestEventOfOrder(db, { orderId, owner });
  const present = async (orderId: string) => toOrderResource((await findOrder(db, orderId, null))!);

  it('given an order that has just changed, then it is there at once, and what follows has no gap', async () => {
    const orderId = await place();
    const placed = (await latest(orderId))!;
    expect(placed.event).to.include({ type: 'order.created', order_id: orderId, version: 1 });
    expect(placed.event.data.order).to.deep.equal(await present(orderId));
    await shop.post(`/orders/${orderId}/cancel`);
    const requested = (await latest(orderId))!;
    expect(requested.event.version).to.be.within(2, 3);
    await eventually(async () => {
      const page = await readPublicEvents(db, {
        after: placed.cursor,
        owner: OWNER,
        limit: 100,
        filter: { orderId },
      });
      if ('gone' in page) throw new Error(page.gone);
      const versions = page.events.map(({ event }) => event.version).filter((version) => version > 1);
      expect(versions.slice(0, 2)).to.deep.equal([2, 3]);
    });
  });

  it('given another owner, or an unknown order, then there is none; an operator finds it', async () => {
    const orderId = await place();
    expect(await latest(orderId, 'demo-other')).to.equal(null);
    expect(await latest('0190a0a0-0000-7000-8000-00000000abcd', null)).to.equal(null);
    expect((await latest(orderId, null))!.owner).to.equal(OWNER);
  });

  it('given an order whose events were removed, then its present state has the id of the order', async () => {
    const orderId = await place();
    const unfed = 'NOT EXISTS (SELECT FROM event_feed f WHERE f.seq = events.seq)';
    await eventually(async () => expect(await countRows(url, 'events', unfed)).to.equal(0));
    await rowsOf(url, 'DELETE FROM events WHERE subject_id = $1', [orderId]);
    const { event, cursor } = (await latest(orderId))!;
    expect(event).to.include({ id: orderId, type: 'order.updated', version: 1 });
    expect(event.data.order).to.deep.equal(await present(orderId));
    expect(Number(cursor.position)).to.be.at.most(Number((await latestCursor(db)).position));
    const page = await readPublicEvents(db, { after: FEED_START, owner: OWNER, limit: 100 });
    expect(page).to.have.property('gone', 'pruned');
  });
});
