import { type Pool } from 'pg';
import { commitOf } from '../../support/commit-times';
import { type Breach, type History, type OrderHistory } from '../history';
import { statusesGivenBack } from './given-back';
import { readReasons, readStockBooks } from './read-stock-books';
import { stockFaults } from './stock-books';
import { soldWithoutStock, wronglyAdjusted } from './stock-history';
import { BOOKS_AGREE, NEVER_OVERSOLD } from './stock-invariants';

interface OrderRow {
  order_id: string;
  customer_id: string;
  status: string;
}

/**
 * Compares the stock with its ledger and with the orders, and both with what the clients know.
 *
 * @param restocksReturns whether returned orders put their units back in this system.
 */
export async function stockBreaches(
  pool: Pool,
  history: History,
  orders: readonly OrderRow[],
  restocksReturns: boolean,
): Promise<Breach[]> {
  const { oversold, differences } = stockFaults(await readStockBooks(pool, restocksReturns));
  const givenBack: readonly string[] = statusesGivenBack(restocksReturns);
  const statuses = new Map(orders.map(({ order_id: id, status }) => [id, status]));
  const accepted = [...history.orders.values()].flatMap(({ key, orderId }) =>
    orderId === null ? [] : [{ key, isKept: !givenBack.includes(statuses.get(orderId) ?? '') }],
  );
  const breach =
    (invariant: string) =>
    (what: string): Breach => ({ invariant, what, key: null });
  return [
    ...[...oversold, ...soldWithoutStock(history.stock, accepted)].map(breach(NEVER_OVERSOLD)),
    ...differences.map(breach(BOOKS_AGREE)),
    ...wronglyAdjusted(history.stock, await readReasons(pool)).map(({ key, what }) =>
      breach('I2 one order per key')(`the adjustment ${key} was ${what}`),
    ),
    ...(await reservationsGone(pool, history)),
    ...refusedButPlaced(history, orders),
    ...(await refusedAfterPlaced(pool, history)),
  ];
}

async function reservationsGone(pool: Pool, { stock }: History): Promise<Breach[]> {
  const { rows } = await pool.query<{ reservation_id: string }>('SELECT reservation_id FROM reservations');
  const known = new Set(rows.map((row) => row.reservation_id));
  return [...stock.reservations].flatMap(([id, key]) => {
    const what = `reservation ${id} was answered with 201 and is gone`;
    return known.has(id) ? [] : [{ invariant: 'I1 accepted orders exist', what, key }];
  });
}

/** Orders that exist although every request for them was refused. */
function refusedButPlaced({ orders: histories }: History, orders: readonly OrderRow[]): Breach[] {
  return orders.flatMap(({ order_id: id, customer_id: key }) => {
    const calls = createsOf(histories.get(key));
    if (calls.length === 0 || calls.some(({ outcome }) => outcome !== 'refused')) return [];
    const what = `order ${id} exists, each request for it was refused`;
    return [{ invariant: 'I10 unknown calls are 0 or 1 order', what, key }];
  });
}

/** Orders whose client was refused after they had been placed: its request was a repeat. */
async function refusedAfterPlaced(pool: Pool, { orders: histories }: History): Promise<Breach[]> {
  const refused = new Map<string, number>();
  for (const order of histories.values()) {
    const call = createsOf(order).find(({ outcome }) => outcome === 'refused');
    if (call) refused.set(order.key, performance.timeOrigin + call.at);
  }
  const { rows } = await pool.query<{ customer_id: string; placed_at: number }>(
    `SELECT o.customer_id, ${commitOf('s')} AS placed_at
       FROM orders o JOIN idempotency_records s ON s.order_id = o.order_id
      WHERE o.customer_id = ANY ($1)`,
    [[...refused.keys()]],
  );
  return rows
    .filter(({ customer_id: key, placed_at: placedAt }) => placedAt < refused.get(key)!)
    .map(({ customer_id: key }) => ({
      invariant: 'I7 replays are the first answer',
      what: 'a repeated request was refused although its order had been placed',
      key,
    }));
}

const createsOf = (order: OrderHistory | undefined) =>
  order?.calls.filter(({ operation }) => operation === 'create') ?? [];
