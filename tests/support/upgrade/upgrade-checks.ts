import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Pool } from 'pg';
import { type History, newHistory } from '../../chaos/history';
import { ENDS, findBreaches } from '../../chaos/invariants';
import { apiClient } from '../api-client';
import { eventually } from '../eventually';
import { countRows, rowsOf } from '../rows';
import { REFUSAL, REFUSALS, type Filled } from './fill-databases';
import { type Environment, type RunningRelease } from './release';
import { databasesOf, restocksReturns } from './upgrade-scene';

/** For {@link untilAtRest}; generous, because these tests use all of a machine. */
export const AT_REST_WITHIN_MS = 300_000;
const POLL_MS = 300;
const IS_REFUSED = `attempts = ${String(REFUSALS)} AND last_error = '${REFUSAL}'`;

/** Waits until only the refused events of the fill wait, and those behind them, and every other order has ended. */
export async function untilAtRest(
  environment: Environment,
  { refused, deadLetters }: Filled,
  withinMs: number,
): Promise<void> {
  const [orders, deliveries] = databasesOf(environment);
  const apart = [...refused, ...deadLetters].map(({ orderId }) => orderId);
  const open = `SELECT count(*)::int AS count FROM orders WHERE status <> ALL ($1) AND order_id <> ALL ($2::uuid[])`;
  const others = `SELECT count(*)::int AS count FROM outbox WHERE subject_id <> ALL ($1::uuid[])`;
  await eventually(async () => {
    // The services need the processors more.
    await delay(POLL_MS);
    const counts = await Promise.all([
      rowsOf<{ count: number }>(orders, open, [ENDS, apart]),
      rowsOf<{ count: number }>(orders, others, [apart]),
      rowsOf<{ count: number }>(deliveries, others, [apart]),
    ]);
    expect(counts.map(([row]) => row?.count)).to.deep.equal([0, 0, 0]);
  }, withinMs);
}

/** Checks that the refused events wait as they did, and lets them be sent; and redrives the dead letters. */
export async function releaseHeldBack(
  environment: Environment,
  { refused, deadLetters }: Filled,
  { url }: RunningRelease,
): Promise<void> {
  const waiting = await Promise.all(
    databasesOf(environment).map((db) => countRows(db, 'outbox', IS_REFUSED)),
  );
  expect(waiting.reduce((sum, count) => sum + count)).to.equal(refused.length);
  for (const db of databasesOf(environment))
    await rowsOf(db, `UPDATE outbox SET next_attempt_at = now() WHERE ${IS_REFUSED}`);
  const operator = await apiClient(url, 'demo-operator');
  const redriven = await operator.post('/queues/orders-queue.fifo/redrive', {});
  expect(redriven.body).to.deep.equal({ redriven: deadLetters.length, failed: 0, skipped: 0 });
}

/** Checks both databases at rest: see {@link findBreaches}; and that no event was lost or doubled. */
export async function expectNothingLost(
  environment: Environment,
  histories: readonly History[],
): Promise<void> {
  const [orders, deliveries] = databasesOf(environment);
  const pools = {
    orders: new Pool({ connectionString: orders, max: 2 }),
    deliveries: new Pool({ connectionString: deliveries, max: 2 }),
  };
  try {
    const placed = new Map(histories.flatMap((history) => [...history.orders]));
    const breaches = await findBreaches(
      pools,
      { ...newHistory(), orders: placed },
      restocksReturns(environment),
    );
    const examples = breaches.slice(0, 5).map((breach) => JSON.stringify(breach));
    expect(breaches.length, examples.join('\n')).to.equal(0);
  } finally {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
  }
  for (const db of [orders, deliveries]) await expectEventsOnce(db);
  expect(
    await countRows(orders, 'events e JOIN orders o USING (order_id)', 'e.owner <> o.client_id'),
  ).to.equal(0);
  expect(
    await countRows(deliveries, 'events e JOIN shipments s USING (order_id)', 'e.owner <> s.client_id'),
  ).to.equal(0);
  await expectEachReceivedOnce(orders, deliveries);
}

/** Each event of an order has its subject and its owner, and each one that is sent a publication. */
async function expectEventsOnce(db: string): Promise<void> {
  const isIncomplete =
    "coalesce(owner, '') = '' OR subject_type = 'order' AND subject_id IS DISTINCT FROM order_id";
  expect(await countRows(db, 'events', isIncomplete), 'events without subject or owner').to.equal(0);
  const isSent = "(type LIKE 'SHIPMENT%' OR type IN ('ORDER_CREATED', 'ORDER_CANCEL_REQUESTED'))";
  const isLost = `${isSent} AND NOT EXISTS (SELECT FROM publications p WHERE p.seq = events.seq)`;
  expect(await countRows(db, 'events', isLost), 'events without publication').to.equal(0);
  const [row] = await rowsOf<{ deadlocks: string }>(
    db,
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(row?.deadlocks, 'deadlocks').to.equal('0');
}

/** The inbox of the Delivery Service holds each message of the Order Service, and no other. */
async function expectEachReceivedOnce(orders: string, deliveries: string): Promise<void> {
  const sent = await rowsOf<{ id: string }>(
    orders,
    "SELECT event_id AS id FROM events WHERE type IN ('ORDER_CREATED', 'ORDER_CANCEL_REQUESTED')",
  );
  const received = await rowsOf<{ id: string }>(deliveries, 'SELECT message_id AS id FROM inbox');
  const ids = new Set(received.map(({ id }) => id));
  expect(sent.filter(({ id }) => !ids.has(id))).to.deep.equal([]);
  expect(received).to.have.length(sent.length);
}

/** Checks that the log of a release reports neither a message that overtook another one nor statements that blocked each other. */
export function expectQuietLog(running: RunningRelease): void {
  const alarming = /shipment message is missing|deadlock|lock timeout/i;
  expect(running.log().filter((line) => alarming.test(line))).to.deep.equal([]);
}
