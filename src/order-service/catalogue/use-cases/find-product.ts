import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { PRODUCT_NOT_FOUND } from '../domain/problem-types';
import { type Product } from '../domain/product';
import { type ProductRef } from '../domain/product-ref';
import { findProduct } from '../store/product-store';

/**
 * @param visibleOwner null: any owner.
 * @throws AppError `not_found` (`product_not_found`) also for a deleted product and for one of another owner.
 */
export async function requireProduct(
  db: Queryable,
  ref: ProductRef,
  visibleOwner: string | null,
): Promise<Product> {
  return existing(await findProduct(db, ref, visibleOwner));
}

/** @throws AppError `not_found` (`product_not_found`) */
export function existing(product: Product | null): Product {
  if (!product) throw new AppError(PRODUCT_NOT_FOUND, PRODUCT_NOT_FOUND.detail);
  return product;
}
