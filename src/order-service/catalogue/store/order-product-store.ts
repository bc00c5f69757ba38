import { type Currency, type MinorUnits } from '../../../shared/contracts/money';
import { preparedByKey, type Queryable } from '../../../shared/postgres/queryable';
import { createBatchLoader } from '../../../shared/runtime/batch-loader';

/** What an order needs to know of a product. */
export interface OrderProduct {
  productId: string;
  sku: string;
  name: string;
  price: MinorUnits;
  currency: Currency;
  isActive: boolean;
}

export interface ProductKey {
  owner: string;
  sku: string;
}

const FIND_ORDER_PRODUCTS = preparedByKey(
  'order-products',
  `SELECT k.at, p.product_id, p.sku, p.name, p.price_minor, p.currency, p.is_active
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (owner, sku, at)
          JOIN products p ON p.owner = k.owner AND p.sku = k.sku AND p.deleted_at IS NULL`,
);

/** Returns a function that finds one product, null when there is none; concurrent calls share a statement. */
export function createOrderProductLoader(db: Queryable): (key: ProductKey) => Promise<OrderProduct | null> {
  return createBatchLoader(async (keys: readonly ProductKey[]) => {
    const { rows } = await db.query<OrderProductRow>(FIND_ORDER_PRODUCTS, [
      keys.map(({ owner }) => owner),
      keys.map(({ sku }) => sku),
    ]);
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
