import { type Database } from '../../../shared/postgres/queryable';
import { type OrderProduct } from '../domain/order-product';
import { createOrderProductLoader } from '../store/order-product-store';

/** The products of an owner by sku; requests of the same moment share a statement. Skus without a product, or with a deleted one, are absent. */
export type FindOrderProducts = (
  owner: string,
  skus: readonly string[],
) => Promise<ReadonlyMap<string, OrderProduct>>;

export function createFindOrderProducts(db: Database): FindOrderProducts {
  const load = createOrderProductLoader(db);
  return async (owner, skus) => {
    const distinct = [...new Set(skus)];
    const products = await Promise.all(distinct.map((sku) => load({ owner, sku })));
    return new Map(products.flatMap((product) => (product ? [[product.sku, product]] : [])));
  };
}
