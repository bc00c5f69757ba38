import { byKey, preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type StockLevel } from '../domain/stock';
import { STOCK_COLUMNS, type StockRow, toLevel } from './stock-row';

const FIND_LEVEL = preparedByKey(
  'stock-of-product',
  `SELECT ${STOCK_COLUMNS} FROM stock s JOIN products p USING (product_id) WHERE s.product_id = $1 AND NOT s.is_ended`,
);

/** The stock of a product; null when it has none, or has been deleted. */
export async function findLevel(db: Queryable, productId: string): Promise<StockLevel | null> {
  const { rows } = await db.query<StockRow>(FIND_LEVEL, [productId]);
  return rows[0] ? toLevel(rows[0]) : null;
}

/** Adds a level without units. Returns false when the product has stock already, or another transaction has just added it. */
export async function insertLevel(
  tx: Transaction,
  { productId, stockId, owner, updatedAt }: StockLevel,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO stock (product_id, stock_id, owner, on_hand, reserved, version, created_at, updated_at)
     VALUES ($1, $2, $3, 0, 0, 0, $4, $4) ON CONFLICT (product_id) DO NOTHING`,
    [productId, stockId, owner, updatedAt],
  );
  return rowCount === 1;
}

/** Ends a level that is locked and empty: the product has been deleted. */
export function endLevel(tx: Transaction, productId: string): void {
  tx.send(byKey('UPDATE stock SET is_ended = true WHERE product_id = $1'), [productId]);
}

/** Removes a level that is locked: the product is not stock-kept any more. */
export function deleteLevel(tx: Transaction, productId: string): void {
  tx.send(byKey('DELETE FROM stock WHERE product_id = $1'), [productId]);
}

export interface StockListRequest {
  /** Null: of all owners. */
  owner: string | null;
  isLow: boolean;
  after: string | null;
  limit: number;
}

/** The stock of products that are not deleted, in the order of their ids. */
export async function listLevels(
  db: Queryable,
  { owner, isLow, after, limit }: StockListRequest,
): Promise<StockLevel[]> {
  const source = isLow ? 'low_stock f JOIN stock s USING (product_id)' : 'stock s';
  const first = isLow ? 'f' : 's';
  const { rows } = await db.query<StockRow>(
    byKey(
      `SELECT ${STOCK_COLUMNS} FROM ${source} JOIN products p ON p.product_id = s.product_id
        WHERE NOT s.is_ended AND ${first}.product_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
              ${owner === null ? '' : `AND ${first}.owner = $3`}
        ORDER BY ${first}.product_id LIMIT $2`,
    ),
    [after, limit, ...(owner === null ? [] : [owner])],
  );
  return rows.map(toLevel);
}

/** Ids of products with low stock below `before`, newest first; also those of deleted products. */
export async function listLowIds(
  db: Queryable,
  owner: string | null,
  before: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await db.query<{ product_id: string }>(
    byKey(
      `SELECT product_id FROM low_stock WHERE product_id < $1 ${owner === null ? '' : 'AND owner = $3'}
        ORDER BY product_id DESC LIMIT $2`,
    ),
    [before, limit, ...(owner === null ? [] : [owner])],
  );
  return rows.map((row) => row.product_id);
}
