import { type Currency } from '../../../shared/contracts/money';
import { type Product } from '../domain/product';

/** The columns of a product, for a table aliased `p`. */
export const PRODUCT_COLUMNS = `p.product_id, p.owner, p.sku, p.name, p.description, p.category, p.currency, p.price_minor, p.tax_class,
  p.weight_grams, p.attributes, p.image_url, p.is_active, p.version, p.created_at, p.updated_at`;

export interface ProductRow {
  product_id: string;
  owner: string;
  sku: string;
  name: string;
  description: string | null;
  category: string | null;
  currency: Currency;
  price_minor: string;
  tax_class: string | null;
  weight_grams: number | null;
  attributes: Record<string, string>;
  image_url: string | null;
  is_active: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export const toProduct = (row: ProductRow): Product => ({
  productId: row.product_id,
  owner: row.owner,
  sku: row.sku,
  name: row.name,
  description: row.description,
  category: row.category,
  currency: row.currency,
  price: Number(row.price_minor),
  taxClass: row.tax_class,
  weightGrams: row.weight_grams,
  attributes: row.attributes,
  imageUrl: row.image_url,
  isActive: row.is_active,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
