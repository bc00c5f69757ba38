import { type Pool, type PoolClient } from 'pg';
import { type OrderStatus } from '../../../src/shared/contracts/status-machines';
import {
  type LedgerEntry,
  type Promised,
  type StockBooks,
  type StockEvent,
  type StockRow,
} from './stock-books';

/**
 * Reads the stock with everything that must agree with it, all as it was at one moment.
 *
 * @param restocksReturns whether returned orders put their units back in this system.
 */
export async function readStockBooks(pool: Pool, restocksReturns: boolean): Promise<StockBooks> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const books = {
      stock: await rowsOf<StockRow>(client, STOCK),
      ledger: await rowsOf<LedgerEntry>(client, LEDGER),
      events: await rowsOf<StockEvent>(client, EVENTS),
      promised: [
        ...(await rowsOf<OrderRow>(client, ORDERS)).map((row) => toPromised(row, restocksReturns)),
        ...(await rowsOf<Promised>(client, RESERVATIONS)),
      ],
    };
    await client.query('COMMIT');
    return books;
  } finally {
    client.release();
  }
}

const rowsOf = async <R extends object>(client: PoolClient, sql: string): Promise<R[]> =>
  (await client.query<R>(sql)).rows;

const STOCK = `
  SELECT s.product_id AS "productId", p.sku, s.on_hand AS "onHand", s.reserved, s.backorder_limit AS "backorderLimit", s.version
    FROM stock s JOIN products p USING (product_id)`;

/** Sessions that change a stock hold its row lock, so that the entries of a product are in the order of its changes. */
const LEDGER = `
  SELECT product_id AS "productId", cause, delta_on_hand AS "onHand", delta_reserved AS reserved,
         CASE WHEN cause LIKE 'reservation%' THEN reservation_id ELSE order_id END AS holder, xmin::text AS transaction
    FROM stock_ledger ORDER BY entry_id`;

const EVENTS = `
  SELECT payload->'stock'->>'product_id' AS "productId", version, (payload->'stock'->>'on_hand')::int AS "onHand",
         (payload->'stock'->>'reserved')::int AS reserved, (payload->'stock'->>'backorder_limit')::int AS "backorderLimit"
    FROM events WHERE subject_type = 'stock' ORDER BY subject_id, version`;

const ORDERS = `
  SELECT o.order_id AS holder, i.catalogue_id AS "productId", sum(i.quantity)::int AS quantity, o.status
    FROM orders o JOIN order_items i USING (order_id) JOIN stock s ON s.product_id = i.catalogue_id
   WHERE o.is_stock_kept GROUP BY o.order_id, i.catalogue_id, o.status`;

const RESERVATIONS = `
  SELECT r.reservation_id AS holder, i.product_id AS "productId", sum(i.quantity)::int AS quantity, 'open' AS state
    FROM reservations r JOIN reservation_items i USING (reservation_id) JOIN stock s USING (product_id)
   WHERE r.status = 'active' AND i.is_stock_kept GROUP BY r.reservation_id, i.product_id`;

type OrderRow = Omit<Promised, 'state'> & { status: OrderStatus };

const toPromised = ({ status, ...row }: OrderRow, restocksReturns: boolean): Promised => ({
  ...row,
  state: stateOf(status, restocksReturns),
});

function stateOf(status: OrderStatus, restocksReturns: boolean): Promised['state'] {
  if (status === 'PENDING_SHIPMENT') return 'open';
  if (status === 'CANCELLED') return 'ended';
  return status === 'RETURNED' && restocksReturns ? 'returned' : 'shipped';
}

/** The reasons of all entries of the ledger that have one. */
export async function readReasons(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ reason: string }>(
    'SELECT reason FROM stock_ledger WHERE reason IS NOT NULL',
  );
  return rows.map(({ reason }) => reason);
}
