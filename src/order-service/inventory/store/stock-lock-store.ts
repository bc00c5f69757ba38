import { type PreparedStatement, preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type FreeLevels, type StockLevel } from '../domain/stock';
import { levelsById, STOCK_COLUMNS, type StockRow } from './stock-row';

/** Rows are locked in the order of their ids, so that two transactions never deadlock. The sort is below the locks. */
const LOCK_LEVELS = preparedByKey(
  'lock-stock',
  `SELECT ${STOCK_COLUMNS} FROM stock s JOIN products p USING (product_id)
    WHERE s.product_id = ANY ($1::uuid[]) ORDER BY s.product_id FOR NO KEY UPDATE OF s`,
);

const LOCK_FREE_LEVELS = preparedByKey(
  'lock-free-stock',
  `WITH locked AS MATERIALIZED (
     SELECT ${STOCK_COLUMNS} FROM stock s JOIN products p USING (product_id)
      WHERE s.product_id = ANY ($1::uuid[]) ORDER BY s.product_id FOR NO KEY UPDATE OF s SKIP LOCKED)
   SELECT locked.*, s.product_id AS existing_id FROM stock s LEFT JOIN locked USING (product_id) WHERE s.product_id = ANY ($1::uuid[])`,
);

/** Products of which the orders hold units, and all of the orders in $2. Stock that has ended stays empty. */
const OF_ORDERS = `s.product_id = ANY (ARRAY(
  SELECT product_id FROM stock_ledger WHERE order_id = ANY ($1::uuid[]) GROUP BY order_id, product_id
  HAVING order_id = ANY ($2::uuid[]) OR (sum(delta_reserved) > 0 AND NOT bool_or(cause = 'order_shipped'))))
  AND NOT s.is_ended`;

const LOCK_LEVELS_OF_ORDERS = preparedByKey(
  'lock-stock-of-orders',
  `SELECT ${STOCK_COLUMNS} FROM stock s JOIN products p USING (product_id)
    WHERE ${OF_ORDERS} ORDER BY s.product_id FOR NO KEY UPDATE OF s`,
);

const LOCK_FREE_LEVELS_OF_ORDERS = preparedByKey(
  'lock-free-stock-of-orders',
  `WITH locked AS MATERIALIZED (
     SELECT ${STOCK_COLUMNS} FROM stock s JOIN products p USING (product_id)
      WHERE ${OF_ORDERS} ORDER BY s.product_id FOR NO KEY UPDATE OF s SKIP LOCKED)
   SELECT locked.*, s.product_id AS existing_id FROM stock s LEFT JOIN locked USING (product_id) WHERE ${OF_ORDERS}`,
);

/** Locks the stock of products until the transaction ends. */
export async function lockLevels(
  tx: Transaction,
  productIds: readonly string[],
): Promise<Map<string, StockLevel>> {
  const { rows } = await tx.query<StockRow>(LOCK_LEVELS, [productIds]);
  return levelsById(rows);
}

/**
 * The same for the products of which orders hold units, according to the ledger.
 *
 * @param returned those of the orders that put units back.
 */
export async function lockLevelsOfOrders(
  tx: Transaction,
  orderIds: readonly string[],
  returned: readonly string[],
): Promise<Map<string, StockLevel>> {
  const { rows } = await tx.query<StockRow>(LOCK_LEVELS_OF_ORDERS, [orderIds, returned]);
  return levelsById(rows);
}

/** The same without waiting for stock that another transaction has locked. */
export function lockFreeLevelsOfOrders(
  tx: Transaction,
  orderIds: readonly string[],
  returned: readonly string[],
): Promise<FreeLevels> {
  return lockFree(tx, LOCK_FREE_LEVELS_OF_ORDERS, orderIds, returned);
}

/** Locks the stock that no other transaction has locked, without waiting. */
export function lockFreeLevels(tx: Transaction, productIds: readonly string[]): Promise<FreeLevels> {
  return lockFree(tx, LOCK_FREE_LEVELS, productIds);
}

async function lockFree(
  tx: Transaction,
  statement: PreparedStatement,
  ...ids: (readonly string[])[]
): Promise<FreeLevels> {
  const { rows } = await tx.query<LockedRow | UnlockedRow>(statement, ids);
  return {
    levels: levelsById(rows.filter(isLocked)),
    lockedElsewhere: new Set(rows.flatMap((row) => (isLocked(row) ? [] : [row.existing_id]))),
  };
}

type LockedRow = StockRow & { existing_id: string };
type UnlockedRow = { [Column in keyof StockRow]: null } & { existing_id: string };

const isLocked = (row: LockedRow | UnlockedRow): row is LockedRow => row.stock_id !== null;
