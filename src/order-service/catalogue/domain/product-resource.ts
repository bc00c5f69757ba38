import { toJsonAmount } from '../../../shared/contracts/money';
import { type ProductResource } from '../../../shared/contracts/product-resource';
import { type Product } from './product';

/** The product as the API shows it: snake_case, the price as a JSON number, times in ISO 8601 UTC. */
export const toProductResource = (product: Product): ProductResource => ({
  product_id: product.productId,
  sku: product.sku,
  name: product.name,
  description: product.description,
  category: product.category,
  currency: product.currency,
  price: toJsonAmount(product.price, product.currency),
  tax_class: product.taxClass,
  weight_grams: product.weightGrams,
  attributes: product.attributes,
  image_url: product.imageUrl,
  active: product.isActive,
  version: product.version,
  created_at: product.createdAt.toISOString(),
  updated_at: product.updatedAt.toISOString(),
});
