import { byKey, prepared, type Transaction } from '../../../shared/postgres/queryable';
import { type Product } from '../domain/product';

/** The columns of {@link toRow}. */
const COLUMNS = `product_id uuid, owner text, sku text, name text, description text, category text, currency text, price_minor bigint,
  tax_class text, weight_grams int, attributes jsonb, image_url text, is_active boolean, version int, created_at timestamptz,
  updated_at timestamptz`;

const INSERT_PRODUCTS = prepared(
  'insert-products',
  `INSERT INTO products (product_id, owner, sku, name, description, category, currency, price_minor, tax_class, weight_grams, attributes,
                         image_url, is_active, version, created_at, updated_at)
   SELECT product_id, owner, sku, name, description, category, currency, price_minor, tax_class, weight_grams, attributes, image_url,
          is_active, version, created_at, updated_at
     FROM json_to_recordset($1::json) AS n (${COLUMNS})
    ORDER BY owner, sku
   ON CONFLICT (owner, sku) WHERE deleted_at IS NULL DO NOTHING
   RETURNING product_id`,
);

/**
 * Adds products whose skus are free, in the order of their skus. One that another transaction is just adding is waited for.
 *
 * @returns the ids of those that were added.
 */
export async function insertProducts(tx: Transaction, products: readonly Product[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ product_id: string }>(INSERT_PRODUCTS, [
    JSON.stringify(products.map(toRow)),
  ]);
  return new Set(rows.map((row) => row.product_id));
}

// Not prepared, so that the order of the join follows the present number of products.
const UPDATE_PRODUCTS = byKey(
  `UPDATE products p
      SET sku = n.sku, name = n.name, description = n.description, category = n.category, currency = n.currency,
          price_minor = n.price_minor, tax_class = n.tax_class, weight_grams = n.weight_grams, attributes = n.attributes,
          image_url = n.image_url, is_active = n.is_active, version = n.version, updated_at = n.updated_at
     FROM json_to_recordset($1::json) AS n (${COLUMNS})
    WHERE p.product_id = n.product_id`,
);

/** Stores changed products, which must be locked. A sku that another product has is a unique violation (SQLSTATE 23505). */
export async function updateProducts(tx: Transaction, products: readonly Product[]): Promise<void> {
  await tx.query(UPDATE_PRODUCTS, [JSON.stringify(products.map(toRow))]);
}

/** Marks a product as deleted, which must be locked. */
export function markDeleted(tx: Transaction, { productId, version, updatedAt }: Product): void {
  tx.send('UPDATE products SET deleted_at = $3, updated_at = $3, version = $2 WHERE product_id = $1', [
    productId,
    version,
    updatedAt,
  ]);
}

const toRow = (product: Product) => ({
  product_id: product.productId,
  owner: product.owner,
  sku: product.sku,
  name: product.name,
  description: product.description,
  category: product.category,
  currency: product.currency,
  price_minor: product.price,
  tax_class: product.taxClass,
  weight_grams: product.weightGrams,
  attributes: product.attributes,
  image_url: product.imageUrl,
  is_active: product.isActive,
  version: product.version,
  created_at: product.createdAt,
  updated_at: product.updatedAt,
});
