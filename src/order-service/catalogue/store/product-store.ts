import { byKey, preparedByKey, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { type Product } from '../domain/product';
import { type ProductRef } from '../domain/product-ref';
import { PRODUCT_COLUMNS, type ProductRow, toProduct } from './product-row';

const BY_ID = `FROM products p WHERE p.product_id = $1 AND ($2::text IS NULL OR p.owner = $2) AND p.deleted_at IS NULL`;
const BY_SKU = `FROM products p
  WHERE p.owner = $1 AND p.sku = $2 AND ($3::text IS NULL OR p.owner = $3) AND p.deleted_at IS NULL`;

// Not prepared: outside of a transaction, a plan that was made for a few products would be kept after an import of many.
const FIND_BY_ID = byKey(`SELECT ${PRODUCT_COLUMNS} ${BY_ID}`);
const FIND_BY_SKU = byKey(`SELECT ${PRODUCT_COLUMNS} ${BY_SKU}`);
const LOCK_BY_ID = preparedByKey(
  'lock-product-by-id',
  `SELECT ${PRODUCT_COLUMNS} ${BY_ID} FOR NO KEY UPDATE OF p`,
);
const LOCK_BY_SKU = preparedByKey(
  'lock-product-by-sku',
  `SELECT ${PRODUCT_COLUMNS} ${BY_SKU} FOR NO KEY UPDATE OF p`,
);
const LOCK_REFERENCES = preparedByKey(
  'lock-product-references',
  'SELECT FROM products WHERE product_id = $1 FOR UPDATE',
);

/** Null when there is no such product, it is deleted, or it belongs to another owner than `visibleOwner` (null: any owner). */
export async function findProduct(
  db: Queryable,
  ref: ProductRef,
  visibleOwner: string | null,
): Promise<Product | null> {
  const { rows } = await ('productId' in ref
    ? db.query<ProductRow>(FIND_BY_ID, [ref.productId, visibleOwner])
    : db.query<ProductRow>(FIND_BY_SKU, [ref.owner, ref.sku, visibleOwner]));
  return rows[0] ? toProduct(rows[0]) : null;
}

/** Like {@link findProduct}, and locks the product until the transaction ends. */
export async function lockProduct(
  tx: Transaction,
  ref: ProductRef,
  visibleOwner: string | null,
): Promise<Product | null> {
  const { rows } = await ('productId' in ref
    ? tx.query<ProductRow>(LOCK_BY_ID, [ref.productId, visibleOwner])
    : tx.query<ProductRow>(LOCK_BY_SKU, [ref.owner, ref.sku, visibleOwner]));
  return rows[0] ? toProduct(rows[0]) : null;
}

/**
 * Locks a locked product against new rows that refer to it, such as its stock, until the transaction ends. Waits for
 * transactions that have inserted such rows.
 */
export function lockReferences(tx: Transaction, productId: string): void {
  tx.send(LOCK_REFERENCES, [productId]);
}
