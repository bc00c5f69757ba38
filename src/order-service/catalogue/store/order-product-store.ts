import { type Currency } from '../../../shared/contracts/money';
import { type Database, preparedByKey } from '../../../shared/postgres/queryable';
import { createBatchLoader } from '../../../shared/runtime/batch-loader';
import { type OrderProduct, type ProductKey } from '../domain/order-product';

// While there are few products, the planner can choose the index of all of them for "sku = k.sku", and keep that plan. Only the index of the skus has
// the order of this range.
const FIND_ORDER_PRODUCTS = preparedByKey(
  'order-products',
  `SELECT k.at, p.product_id, p.sku, p.name, p.price_minor, p.currency, p.is_active
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (owner, sku, at) CROSS JOIN LATERAL (
          SELECT * FROM products WHERE owner = k.owner AND sku >= k.sku AND sku <= k.sku AND deleted_at IS NULL ORDER BY sku LIMIT 1) AS p`,
);

/** Returns a function that finds one product, null when there is none; concurrent calls share a statement. */
export function createOrderProductLoader(db: Database): (key: ProductKey) => Promise<OrderProduct | null> {
  return createBatchLoader(async (keys: readonly ProductKey[]) => {
    const values = [keys.map(({ owner }) => owner), keys.map(({ sku }) => sku)];
    // In a transaction, because only there the statement is planned by key.
    const { rows } = await db.transaction((tx) => tx.queryLast<OrderProductRow>(FIND_ORDER_PRODUCTS, values));
    const found = new Map(rows.map((row) => [Number(row.at), toOrderProduct(row)]));
    return keys.map((_key, index) => found.get(index + 1) ?? null);
  });
}

interface OrderProductRow {
  /** Counts the keys from 1; a bigint as text. */
  at: string;
  product_id: string;
  sku: string;
  name: string;
  price_minor: string;
  currency: Currency;
  is_active: boolean;
}

const toOrderProduct = (row: OrderProductRow): OrderProduct => ({
  productId: row.product_id,
  sku: row.sku,
  name: row.name,
  price: Number(row.price_minor),
  currency: row.currency,
  isActive: row.is_active,
});
