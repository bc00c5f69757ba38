import { expect } from 'chai';
import {
  latestEventOfOrder,
  type PublicEventsRequest,
  readPublicEvents,
} from '../../../src/order-service/orders/use-cases/read-public-events';
import { FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { type Transaction } from '../../../src/shared/postgres/queryable';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { createTestDatabase } from '../../support/databases';
import { explained, type Plan } from '../../support/explain-queries';
import { openDatabase } from '../../support/open-database';
import { rowsOf } from '../../support/rows';

const TABLES = ['events', 'event_feed', 'orders', 'order_items'];
const UNKNOWN_ID = '0190a0a0-0000-7000-8000-00000000abcd';

/** An owner has every event but every thousandth. */
describe('pages of public events, in a feed of 100 000 events', function () {
  this.timeout(120_000);
  let url: string;
  let db: ServiceDatabase;
  before(async () => {
    url = await createTestDatabase('order-service');
    await rowsOf(url, ORDERS);
    await rowsOf(url, ITEMS);
    await rowsOf(url, EVENTS);
    await rowsOf(url, 'INSERT INTO event_feed SELECT seq, seq, event_id, owner FROM events');
    db = openDatabase(url);
  });
  after(() => db.stop());

  const requests: [name: string, request: PublicEventsRequest, most: number][] = [
    ['of a large owner', { after: FEED_START, owner: 'large', limit: 100 }, 900],
    ['of a small owner', { after: FEED_START, owner: 'small', limit: 100 }, 900],
    ['of all owners', { after: FEED_START, owner: null, limit: 100 }, 900],
    [
      'of one order',
      { after: FEED_START, owner: 'large', limit: 100, filter: { orderId: UNKNOWN_ID } },
      1_100,
    ],
    [
      'of a type that is rare',
      { after: FEED_START, owner: 'large', limit: 100, filter: { types: ['order.cancelled'] } },
      1_100,
    ],
    [
      'of a customer',
      { after: FEED_START, owner: 'large', limit: 100, filter: { customerId: 'nobody' } },
      2_000,
    ],
  ];

  for (const [name, request, most] of requests)
    it(`given a page ${name}, then its statements read their rows by key, whether the tables are analysed or not`, () =>
      expectByKey((tx) => readPublicEvents(tx, request), most));

  it('given the present state of an order, then its statements read their rows by key', async () => {
    const [row] = await rowsOf<{ id: string }>(
      url,
      "SELECT order_id AS id FROM orders WHERE client_id = 'large' LIMIT 1",
    );
    await expectByKey((tx) => latestEventOfOrder(tx, { orderId: row!.id, owner: 'large' }), 30);
  });

  async function expectByKey(read: (tx: Transaction) => Promise<unknown>, most: number): Promise<void> {
    for (const isAnalysed of [false, true]) {
      if (isAnalysed) await rowsOf(url, `ANALYZE ${TABLES.join(', ')}`);
      const nodes: Plan[] = [];
      await db.transaction((tx) => read(explained(tx, (plan) => nodes.push(...plan)) as Transaction));
      const scans = nodes.filter((node) => TABLES.includes(node['Relation Name'] ?? ''));
      expect(scans.filter((node) => node['Node Type'] === 'Seq Scan')).to.deep.equal([]);
      const rows = scans.map(
        (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      );
      expect(
        rows.reduce((sum, count) => sum + count, 0),
        String(isAnalysed),
      ).to.be.within(2, most);
    }
  }
});

const OWNER = "CASE WHEN n % 250 = 0 THEN 'small' ELSE 'large' END";

const ORDERS = `
  INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at)
  SELECT md5(n::text)::uuid, ${OWNER}, 'customer-' || n, 'USD', 100, 'OUT_FOR_DELIVERY', 4, '{}', now(), now() FROM generate_series(1, 25000) n`;

const ITEMS = `
  INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
  SELECT md5(n::text)::uuid, 1, 'lamp', 1, 100 FROM generate_series(1, 25000) n`;

const EVENTS = `
  INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
  SELECT gen_random_uuid(), 'order', md5(n::text)::uuid, ${OWNER}, v,
         CASE WHEN v = 1 THEN 'ORDER_CREATED' ELSE 'ORDER_STATUS_CHANGED' END,
         CASE v WHEN 1 THEN jsonb_build_object('client_id', 'c', 'customer_id', 'customer-' || n, 'currency', 'USD', 'total_amount', 1,
                              'metadata', '{}'::jsonb, 'items', jsonb_build_array(jsonb_build_object('product_id', 'lamp', 'quantity', 1, 'unit_price', 1)))
                ELSE jsonb_build_object('status', ('{SHIPPED,IN_TRANSIT,OUT_FOR_DELIVERY}'::text[])[v - 1], 'carrier', 'simulated') END,
         'c', 'c', 't', now()
    FROM generate_series(1, 25000) n, generate_series(1, 4) v`;
