import { preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
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

const LOCK_LEVELS_OF_ORDERS = preparedByKey(
  'lock-stock-of-orders',
  `SELECT ${STOCK_COLUMNS} FROM stock s JOIN products p USING (product_id)
    WHERE s.product_id = ANY (ARRAY(SELECT product_id FROM stock_ledger WHERE order_id = ANY ($1::uuid[])))
    ORDER BY s.product_id FOR NO KEY UPDATE OF s`,
);

/** Locks the stock of products until the transaction ends. */
export async function lockLevels(
  tx: Transaction,
  productIds: readonly string[],
): Promise<Map<string, StockLevel>> {
  const { rows } = await tx.query<StockRow>(LOCK_LEVELS, [productIds]);
  return levelsById(rows);
}

/** The same for the products in whose ledgers the orders are. */
export async function lockLevelsOfOrders(
  tx: Transaction,
  orderIds: readonly string[],
): Promise<Map<string, StockLevel>> {
  const { rows } = await tx.query<StockRow>(LOCK_LEVELS_OF_ORDERS, [orderIds]);
  return levelsById(rows);
}

/** Locks the stock that no other transaction has locked, without waiting. */
export async function lockFreeLevels(tx: Transaction, productIds: readonly string[]): Promise<FreeLevels> {
  const { rows } = await tx.query<LockedRow | UnlockedRow>(LOCK_FREE_LEVELS, [productIds]);
  return {
    levels: levelsById(rows.filter(isLocked)),
    lockedElsewhere: new Set(rows.flatMap((row) => (isLocked(row) ? [] : [row.existing_id]))),
  };
}

type LockedRow = StockRow & { existing_id: string };
type UnlockedRow = { [Column in keyof StockRow]: null } & { existing_id: string };

const isLocked = (row: LockedRow | UnlockedRow): row is LockedRow => row.stock_id !== null;
