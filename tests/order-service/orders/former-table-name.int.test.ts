import { expect } from 'chai';
import { type Queryable } from '../../../src/shared/postgres/queryable';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { pruneRecords } from '../../../src/shared/idempotency/idempotency-records';
import { createTestDatabase } from '../../support/databases';
import { rowsOf } from '../../support/rows';

const IS_CANCELLED = (of: string) =>
  `EXISTS (SELECT 1 FROM orders o WHERE o.order_id = ${of}.order_id AND o.status = 'CANCELLED')`;

/** The statements of the previous version, word for word. */
const insertOf = (
  first: string,
) => `INSERT INTO submissions AS s (client_id, route, kind, key, fingerprint, order_id, response_status, response_body, expires_at,
                                 until_cancelled)
   SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body,
          now() + make_interval(secs => window_seconds), until_cancelled
     FROM ${first},
          json_to_recordset($1::json)
          AS n (client_id text, route text, kind text, key text, fingerprint text, order_id uuid, response_status smallint, response_body text,
                window_seconds float8, until_cancelled boolean, former_key text)
    WHERE former_key IS NULL OR (
      SELECT f.order_id FROM submissions f
       WHERE f.client_id = n.client_id AND f.route = n.route AND f.kind = n.kind AND f.key = n.former_key
         AND f.expires_at > now() AND NOT (n.until_cancelled AND ${IS_CANCELLED('f')})
         AND f.response_body::jsonb - ARRAY['order_id', 'created_at', 'updated_at'] = n.response_body::jsonb - ARRAY['order_id', 'created_at', 'updated_at']
       LIMIT 1) IS NULL
    ORDER BY client_id, route, kind, key
   ON CONFLICT (client_id, route, kind, key) DO UPDATE
      SET fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at,
          response_status = excluded.response_status, response_body = excluded.response_body,
          until_cancelled = excluded.until_cancelled
    WHERE s.expires_at <= now() OR (s.until_cancelled AND ${IS_CANCELLED('s')})
   RETURNING s.client_id, s.route, s.kind, s.key, s.order_id`;

const INSERT = insertOf('(SELECT true) AS no_setting');

const PLACE = `
  WITH lock_limit AS MATERIALIZED (
    SELECT set_config('lock_timeout', '800', true)),
  claimed AS (
    ${insertOf('lock_limit')}),
  placed AS (
    INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at,
                        updated_at, checked_at)
    SELECT order_id, client_id, customer_id, currency, total_minor, status, version, metadata, created_at, updated_at, now()
      FROM json_to_recordset($2::json)
           AS o (order_id uuid, client_id text, customer_id text, currency text, total_minor bigint, status text,
                 version int, metadata jsonb, created_at timestamptz, updated_at timestamptz)
     WHERE order_id IN (SELECT order_id FROM claimed)),
  lines AS (
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, line, product_id, quantity, unit_price_minor
      FROM json_to_recordset($3::json)
           AS i (order_id uuid, line smallint, product_id text, quantity int, unit_price_minor bigint)
     WHERE order_id IN (SELECT order_id FROM claimed)),
  logged AS (
    INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue)
   SELECT event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue
     FROM json_to_recordset($4::json)
          AS e (event_id uuid, order_id uuid, version int, type text, payload jsonb, actor text, correlation_id text,
                traceparent text, occurred_at timestamptz, queue text)
    WHERE order_id IN (SELECT order_id FROM claimed))
  SELECT client_id, route, kind, key FROM claimed`;

const READ = `SELECT client_id, route, kind, key, fingerprint, order_id, response_status, response_body
       FROM submissions
       JOIN json_to_recordset($1::json) AS n (client_id text, route text, kind text, key text) USING (client_id, route, kind, key)`;

const PRUNE =
  'DELETE FROM submissions WHERE ctid IN (SELECT ctid FROM submissions WHERE expires_at <= now() LIMIT 2000)';

const ORDER_ID = '01a1fc42-fc03-72fd-b531-1111a4fbee12';

const record = (more: object = {}) => ({
  client_id: 'shop',
  route: 'POST /orders',
  kind: 'content',
  key: 'key',
  fingerprint: 'f',
  order_id: ORDER_ID,
  response_status: 200,
  response_body: '{}',
  window_seconds: 60,
  until_cancelled: true,
  former_key: null,
  ...more,
});

const KEY = { client_id: 'shop', route: 'POST /orders', kind: 'content', key: 'key' };

/** The parameters after the records: an order of one line with its event. */
const ORDER = [
  [
    {
      ...{ order_id: ORDER_ID, client_id: 'shop', customer_id: 'c', currency: 'USD', total_minor: 100 },
      ...{ status: 'PENDING_SHIPMENT', version: 1, metadata: {} },
      ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
    },
  ],
  [{ order_id: ORDER_ID, line: 1, product_id: 'p', quantity: 1, unit_price_minor: 100 }],
  [
    {
      ...{ event_id: '01a1fc42-fc03-72fd-b531-1111a4fbee13', order_id: ORDER_ID, version: 1 },
      ...{ type: 'ORDER_CREATED', payload: {}, actor: 'shop', correlation_id: 'c', traceparent: '00-' },
      ...{ occurred_at: '2026-01-01T00:00:00Z', queue: 'orders-queue.fifo' },
    },
  ],
].map((rows) => JSON.stringify(rows));

describe('the former name of the table of idempotency records', () => {
  let url: string;
  beforeEach(async () => (url = await createTestDatabase('order-service')));

  const run = (text: string, values: readonly unknown[] = []) =>
    withConnection(url, (db: Queryable) => db.query<object & Record<string, unknown>>(text, values));
  const claim = async (more: object = {}, text = INSERT, others: readonly string[] = []) =>
    (await run(text, [JSON.stringify([record(more)]), ...others])).rows;

  it('given an order that the previous version places, then it is claimed once, and a cancelled order guards no more', async () => {
    expect(await claim({}, PLACE, ORDER)).to.deep.equal([KEY]);
    expect(await claim({}, PLACE, ORDER)).to.deep.equal([]);
    for (const table of ['orders', 'order_items', 'events'])
      expect(await rowsOf(url, `SELECT order_id FROM ${table}`), table).to.deep.equal([
        { order_id: ORDER_ID },
      ]);
    await rowsOf(url, "UPDATE orders SET status = 'CANCELLED'");
    expect(await claim({ fingerprint: 'g' })).to.deep.equal([{ ...KEY, order_id: ORDER_ID }]);
  });

  it('given a record, then a repeat of the previous version finds it, and takes it over when its window has passed', async () => {
    expect(await claim({ order_id: null, window_seconds: null })).to.deep.equal([{ ...KEY, order_id: null }]);
    expect(await claim()).to.deep.equal([]);
    expect((await run(READ, [JSON.stringify([KEY])])).rows).to.deep.equal([
      { ...KEY, fingerprint: 'f', order_id: null, response_status: 200, response_body: '{}' },
    ]);
    await rowsOf(url, "UPDATE idempotency_records SET expires_at = now() - interval '1 s'");
    expect(await claim({ fingerprint: 'g', response_body: '{"n":2}' })).to.have.length(1);
    const [taken] = await rowsOf(
      url,
      'SELECT fingerprint, response_body, until_cancelled FROM idempotency_records',
    );
    expect(taken).to.deep.equal({ fingerprint: 'g', response_body: '{"n":2}', until_cancelled: true });
  });

  it('given a record under the former key, then it counts for the previous version as well', async () => {
    await claim({ key: 'former' });
    expect(await claim({ former_key: 'former' })).to.deep.equal([]);
    expect(await claim({ former_key: 'other' })).to.have.length(1);
  });

  it('given a transaction that holds a record, then the previous version waits for it and then finds the record', async () => {
    await withConnection(url, async ({ client }) => {
      await client.query('BEGIN');
      await client.query(INSERT, [JSON.stringify([record()])]);
      const waiting = claim();
      await client.query('SELECT pg_sleep(0.1)');
      await client.query('COMMIT');
      expect(await waiting).to.deep.equal([]);
    });
  });

  it('given expired records, then each version prunes them in batches, with the same plan', async () => {
    const add = () =>
      rowsOf(
        url,
        `INSERT INTO submissions
         SELECT 'c', 'POST /orders', 'content', n::text, 'f', gen_random_uuid(), 200, '{}', now() + (n - 2501) * interval '1 s'
           FROM generate_series(1, 2502) AS n`,
      );
    await add();
    const removed = [await run(PRUNE), await run(PRUNE), await run(PRUNE)].map(({ rowCount }) => rowCount);
    expect(removed).to.deep.equal([2000, 501, 0]);
    await rowsOf(url, 'DELETE FROM idempotency_records');
    await add();
    expect(await withConnection(url, pruneRecords)).to.equal(2000);
    const planOf = async (text: string) => (await run(`EXPLAIN (COSTS off) ${text}`)).rows;
    expect(await planOf(PRUNE)).to.deep.equal(
      await planOf(PRUNE.replaceAll('submissions', 'idempotency_records')),
    );
  });
});
