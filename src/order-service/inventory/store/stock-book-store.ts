import { type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type HolderDrift, type StockBook } from '../domain/stock-drift';
import { STOCK_COLUMNS, type StockRow, toLevel } from './stock-row';

/** The next products whose stock has not ended, in the order of their ids. */
export async function listStockKept(db: Queryable, after: string, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ product_id: string }>(
    `SELECT product_id FROM stock WHERE product_id > $1 AND NOT is_ended ORDER BY product_id LIMIT $2`,
    [after, limit],
  );
  return rows.map((row) => row.product_id);
}

/** Open orders that have reserved stock and are not in the ledger: by product. This reads all open orders. */
export async function findUnrecordedOrders(db: Queryable): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ product_id: string; order_ids: string[] }>(
    `SELECT v.product_id, array_agg(DISTINCT v.order_id) AS order_ids
       FROM order_stock_lines v JOIN stock s ON s.product_id = v.product_id
      WHERE v.state = 'open' AND v.is_stock_kept
        AND NOT EXISTS (SELECT FROM stock_ledger l WHERE l.order_id = v.order_id AND l.product_id = v.product_id)
      GROUP BY v.product_id`,
  );
  return new Map(rows.map((row) => [row.product_id, row.order_ids]));
}

/** Locks orders with lines of products until the transaction ends, in the order of their ids. Orders are locked before stock. */
export async function lockStockOrders(tx: Transaction, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await tx.query(
    'SELECT FROM order_stock_lines v WHERE v.order_id = ANY ($1::uuid[]) ORDER BY v.order_id FOR NO KEY UPDATE OF v',
    [orderIds],
  );
}

/** The sum of the entries of one product up to one of them. */
export interface LedgerBase {
  /** The id of the last entry; a bigint as text. */
  last: string;
  /** One sum for each order and reservation that holds units, and one for all others. */
  sums: readonly object[];
}

/** Sums up the ledger of a product so far. The entries of a product are committed in the order of their ids, so that no earlier one follows. */
export async function readLedgerBase(db: Queryable, productId: string): Promise<LedgerBase> {
  const { rows } = await db.query<{ last: string; sums: object[] }>(READ_BASE, [[productId]]);
  const [{ last, sums } = NO_LEDGER] = rows;
  return { last, sums };
}

const NO_LEDGER: LedgerBase = { last: '0', sums: [] };

/**
 * Reads the stock that has not ended, the ledger, the orders and the reservations of products in one statement, so that they belong to the same moment.
 *
 * @param unrecorded orders that are perhaps not in the ledger.
 * @param base the sum of the earlier entries, which are not read then.
 */
export async function readBooks(
  db: Queryable,
  productIds: readonly string[],
  unrecorded: readonly string[],
  { last, sums }: LedgerBase = NO_LEDGER,
): Promise<StockBook[]> {
  const { rows } = await db.query<BookRow>(READ_BOOKS, [productIds, unrecorded, JSON.stringify(sums), last]);
  return rows.map((row) => ({
    level: toLevel(row),
    ledger: { onHand: Number(row.ledger_on_hand), reserved: Number(row.ledger_reserved) },
    unattributed: Number(row.unattributed),
    holders: (row.holders ?? []).map(([kind, id, held, expected, isShipped]) => ({
      kind,
      id,
      held,
      expected,
      isShipped,
    })),
  }));
}

/** An entry of a reservation that an order took over belongs to the reservation. */
const LEDGER = `
  SELECT product_id, entry_id, delta_on_hand AS on_hand, delta_reserved AS reserved,
         CASE WHEN cause NOT LIKE 'reservation%' THEN order_id END AS order_id,
         CASE WHEN cause LIKE 'reservation%' OR order_id IS NULL THEN reservation_id END AS reservation_id
    FROM stock_ledger WHERE product_id = ANY ($1::uuid[])`;

const HOLDS = 'reserved <> 0 AND (order_id IS NOT NULL OR reservation_id IS NOT NULL)';

const READ_BASE = `
  WITH entries AS (
    SELECT product_id, order_id, reservation_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved, max(entry_id) AS last
      FROM (${LEDGER}) AS l GROUP BY product_id, order_id, reservation_id),
  sums AS (
    SELECT product_id, order_id, reservation_id, on_hand, reserved FROM entries WHERE ${HOLDS}
    UNION ALL
    SELECT product_id, NULL, NULL, sum(on_hand), sum(reserved) FROM entries WHERE NOT (${HOLDS}) GROUP BY product_id)
  SELECT (SELECT max(last) FROM entries) AS last, json_agg(sums) AS sums FROM sums HAVING count(*) > 0`;

const ENTRIES = `
  SELECT product_id, order_id, reservation_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM (SELECT product_id, order_id, reservation_id, on_hand, reserved
            FROM json_to_recordset($3::json) AS b (product_id uuid, order_id uuid, reservation_id uuid, on_hand bigint, reserved bigint)
           UNION ALL
          SELECT product_id, order_id, reservation_id, on_hand, reserved FROM (${LEDGER} AND entry_id > $4::bigint) AS l) AS e
   GROUP BY product_id, order_id, reservation_id`;

const UNRECORDED = `
  SELECT DISTINCT v.product_id, v.order_id, NULL::uuid AS reservation_id, 0 AS reserved
    FROM order_stock_lines v
   WHERE v.order_id = ANY ($2::uuid[]) AND v.product_id = ANY ($1::uuid[]) AND v.is_stock_kept
     AND NOT EXISTS (SELECT FROM entries e WHERE e.order_id = v.order_id AND e.product_id = v.product_id)
   UNION ALL
  SELECT i.product_id, NULL, i.reservation_id, 0
    FROM reservations r JOIN reservation_items i USING (reservation_id)
   WHERE r.status = 'active' AND i.is_stock_kept AND i.product_id = ANY ($1::uuid[])
     AND NOT EXISTS (SELECT FROM entries e WHERE e.reservation_id = i.reservation_id AND e.product_id = i.product_id)`;

const EXPECTED = `
  SELECT h.product_id, h.order_id, h.reserved, coalesce(h.order_id, h.reservation_id) AS id, coalesce(o.is_shipped, false) AS is_shipped,
         CASE WHEN h.order_id IS NOT NULL THEN coalesce(o.quantity, 0) ELSE coalesce(r.quantity, 0) END AS expected
    FROM held h
         LEFT JOIN LATERAL (
           SELECT sum(v.quantity) FILTER (WHERE v.state = 'open' AND v.is_stock_kept) AS quantity, bool_or(v.state = 'shipped') AS is_shipped
             FROM order_stock_lines v WHERE v.order_id = h.order_id AND v.product_id = h.product_id) AS o ON true
         LEFT JOIN LATERAL (
           SELECT i.quantity FROM reservations a JOIN reservation_items i USING (reservation_id)
            WHERE a.reservation_id = h.reservation_id AND a.status = 'active' AND i.product_id = h.product_id AND i.is_stock_kept) AS r
           ON true`;

const READ_BOOKS = `
  WITH entries AS MATERIALIZED (${ENTRIES}),
  held AS (
    SELECT product_id, order_id, reservation_id, reserved FROM entries WHERE order_id IS NOT NULL OR reservation_id IS NOT NULL
    UNION ALL ${UNRECORDED}),
  expected AS (${EXPECTED}),
  drifts AS (
    SELECT product_id,
           json_agg(json_build_array(CASE WHEN order_id IS NULL THEN 'reservation' ELSE 'order' END, id, reserved, expected, is_shipped)
                    ORDER BY id) AS holders
      FROM expected WHERE reserved <> expected GROUP BY product_id),
  sums AS (
    SELECT product_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
           sum(reserved) FILTER (WHERE order_id IS NULL AND reservation_id IS NULL) AS unattributed
      FROM entries GROUP BY product_id)
  SELECT ${STOCK_COLUMNS}, coalesce(t.on_hand, 0) AS ledger_on_hand, coalesce(t.reserved, 0) AS ledger_reserved,
         coalesce(t.unattributed, 0) AS unattributed, d.holders
    FROM stock s JOIN products p USING (product_id)
         LEFT JOIN sums t ON t.product_id = s.product_id
         LEFT JOIN drifts d ON d.product_id = s.product_id
   WHERE s.product_id = ANY ($1::uuid[]) AND NOT s.is_ended ORDER BY s.product_id`;

interface BookRow extends StockRow {
  /** Sums of integers are bigints, as text. */
  ledger_on_hand: string;
  ledger_reserved: string;
  unattributed: string;
  holders:
    [kind: HolderDrift['kind'], id: string, held: number, expected: number, isShipped: boolean][] | null;
}
