import { fillDatabase } from './fill-database';
import { constantParameters } from './floors/create-order-transaction';
import { recordsTable, type Schema } from './schema';
import { type Stack } from './stack';

/** Number of orders of other clients per order of the shop. */
const SHARE_OF_OTHERS = 0.1;
const OTHERS = 20;
const BATCH = 100_000;

/**
 * The name of a database with `count` orders of one shop and orders of other clients, all with a final status, spread over the last months,
 * with their items, idempotency records and first events; created at first use.
 */
export async function seededOrders(
  stack: Stack,
  count: number,
  say: (line: string) => void,
): Promise<string> {
  const name = `seeded_${String(count)}_${stack.build.id}`;
  if (await stack.hasDatabase(name)) return name;
  const start = performance.now();
  await fillDatabase(await stack.createOrdersDatabase(name), (schema) => statementsFor(count, schema));
  say(`seeded ${String(count)} orders in ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  return name;
}

function* statementsFor(count: number, schema: Schema): Generator<string> {
  const total = Math.round(count * (1 + SHARE_OF_OTHERS));
  for (let from = 0; from < total; from += BATCH)
    yield batchOf(from, Math.min(from + BATCH, total), total, schema);
  if (schema.has('order_list')) yield* FOLLOW_EVENTS;
}

/** The event feed and the order list as they are once they have followed all events. */
const FOLLOW_EVENTS = [
  `INSERT INTO event_feed (position, seq, event_id, owner)
   SELECT row_number() OVER (ORDER BY seq), seq, event_id, owner FROM events`,
  `INSERT INTO event_feed_steps (step, position, high, missing, xid)
   SELECT 1, count(*), max(seq), '{}', pg_current_xact_id() FROM events`,
  `INSERT INTO order_list (order_id, client_id, customer_id, status, total_amount, created_at, updated_at)
   SELECT order_id, client_id, customer_id, status, total_amount, created_at, updated_at FROM orders`,
  `UPDATE order_list_head SET position = (SELECT count(*) FROM events)`,
];

function batchOf(from: number, to: number, total: number, schema: Schema): string {
  const { client, fingerprint, response } = constantParameters();
  return `
    WITH seed AS MATERIALIZED (
      SELECT n, at, client_id, to_hex(n) AS text,
             (lpad(to_hex((date_part('epoch', at) * 1000)::bigint), 12, '0') || '7' || right(lpad(to_hex(n), 3, '0'), 3) || '8' ||
               substr(md5(n::text), 1, 15))::uuid AS order_id
        FROM generate_series(${String(from)}, ${String(to - 1)}) AS n
       CROSS JOIN LATERAL (
             SELECT now() - make_interval(secs => (${String(total)} - n) * 7.5) AS at,
                    CASE WHEN n % 11 = 0 THEN 'other-' || n / 11 % ${String(OTHERS)} ELSE '${client}' END AS client_id) AS made),
    placed AS (
      INSERT INTO orders (order_id, client_id, customer_id, currency, total_minor, status, version, carrier, tracking_number, metadata,
                          shipment_version, created_at, updated_at, checked_at)
      SELECT order_id, client_id, ${spread(total, 'customer', "'customer-' || n % 100000")}, 'USD', 8740 + n % 1000,
             CASE WHEN n < ${String(firstOf(total))} THEN 'RETURNED' WHEN n % 50000 = 1 THEN 'CANCELLED' ELSE 'DELIVERED' END,
             5, 'FastShip', 'FS' || text, '{}', 4, at, at + interval '1 day', at + interval '1 day'
        FROM seed),
    submitted AS (
      INSERT INTO ${recordsTable(schema)} (client_id, route, kind, key, fingerprint, order_id, response_status, response_body)
      SELECT client_id, 'POST /orders', 'key', md5(n::text), '${fingerprint}', order_id, 201, '${response}' FROM seed),
    ${schema.has('outbox') ? publishedEvents() : formerPublishedEvents()}
    INSERT INTO order_items (order_id, line, product_id, quantity, unit_price_minor)
    SELECT order_id, line, CASE line WHEN 1 THEN 'lamp-' || text ELSE ${spread(total, 'bulb', "'bulb-' || text")} END, line, 7990 / line
      FROM seed CROSS JOIN generate_series(1, 2) AS line`;
}

function publishedEvents(): string {
  const { payload, traceparent } = constantParameters();
  return `
    told AS (
      INSERT INTO events (event_id, subject_type, subject_id, owner, order_id, version, type, payload, actor, correlation_id,
                          traceparent, occurred_at)
      SELECT gen_random_uuid(), 'order', order_id, client_id, order_id, 1, 'ORDER_CREATED', '${payload}', client_id, md5(n::text),
             '${traceparent}', at
        FROM seed
      RETURNING seq, occurred_at),
    published AS (
      INSERT INTO publications SELECT seq, 0, occurred_at FROM told)`;
}

/** Before there was a table of publications. */
function formerPublishedEvents(): string {
  const { payload, traceparent } = constantParameters();
  return `
    told AS (
      INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue,
                          published_at)
      SELECT gen_random_uuid(), order_id, 1, 'ORDER_CREATED', '${payload}', client_id, md5(n::text), '${traceparent}', at,
             'orders-queue.fifo', at
        FROM seed)`;
}

/** A hundredth of the orders. */
const firstOf = (total: number): number => Math.round(total / 100);

/**
 * SQL for a value to filter by: `…-first` in the oldest hundredth, `…-dear` in the hundredth with the highest amounts, `…-common` in a third
 * of the others; every other order has a rare value.
 */
const spread = (total: number, name: string, rare: string): string =>
  `CASE WHEN n < ${String(firstOf(total))} THEN '${name}-first' WHEN n % 1000 >= 990 THEN '${name}-dear'
        WHEN n % 3 = 0 THEN '${name}-common' ELSE ${rare} END`;
