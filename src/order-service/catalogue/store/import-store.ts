import { preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type Product } from '../domain/product';
import { PRODUCT_COLUMNS, type ProductRow, toProduct } from './product-row';

/** Adds an owner before the transaction of its import, so that other transactions of the owner do not wait for the import. */
export async function ensureOwner(db: Queryable, owner: string): Promise<void> {
  await db.query('INSERT INTO catalogue_owners (owner) VALUES ($1) ON CONFLICT DO NOTHING', [owner]);
}

/** Lets one import of an owner run at a time; false while another one runs. */
export async function lockImports(tx: Transaction, owner: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'SELECT FROM catalogue_owners WHERE owner = $1 FOR NO KEY UPDATE SKIP LOCKED',
    [owner],
  );
  return rowCount === 1;
}

// With a join, or "sku = ANY", the planner can choose to read all products of the owner in the order of the index. With "sku = n.sku", it can choose
// the index of all products while there are few, and keep that plan. Only the index of the skus has the order of this range.
const bySkus = (lock: '' | 'FOR NO KEY UPDATE'): string =>
  `SELECT p.* FROM unnest($2::text[]) AS n (sku) CROSS JOIN LATERAL (
          SELECT ${PRODUCT_COLUMNS} FROM products p
           WHERE p.owner = $1 AND p.sku >= n.sku AND p.sku <= n.sku AND p.deleted_at IS NULL ORDER BY p.sku OFFSET 0 ${lock}) AS p`;

const FIND_BY_SKUS = preparedByKey('find-products-by-skus', bySkus(''));
const LOCK_BY_SKUS = preparedByKey('lock-products-by-skus', bySkus('FOR NO KEY UPDATE'));

/** The products with these skus as they are now, by sku, without a lock. */
export async function findProducts(
  tx: Transaction,
  owner: string,
  skus: readonly string[],
): Promise<Map<string, Product>> {
  const { rows } = await tx.query<ProductRow>(FIND_BY_SKUS, [owner, skus]);
  return new Map(rows.map((row) => [row.sku, toProduct(row)]));
}

/** Locks the products with these skus until the transaction ends, in the order of the skus, and returns them by sku. */
export async function lockProducts(
  tx: Transaction,
  owner: string,
  skus: readonly string[],
): Promise<Map<string, Product>> {
  const { rows } = await tx.query<ProductRow>(LOCK_BY_SKUS, [owner, [...skus].sort()]);
  return new Map(rows.map((row) => [row.sku, toProduct(row)]));
}

/** Waits until the database has executed the statements that were sent before. */
export async function untilWritten(tx: Transaction): Promise<void> {
  await tx.query('SELECT');
}
