import { type Request } from 'express';
import { etagOf, expectedTags } from '../../../shared/http/conditional-requests';
import { AppError } from '../../../shared/errors';
import { PRODUCT_NOT_FOUND } from '../domain/problem-types';
import { type Product } from '../domain/product';
import { parseProductRef, type ProductRef } from '../domain/product-ref';
import { type ExpectedProduct } from '../use-cases/change-product';

export const PRODUCT_ETAG = {
  ETag: 'the version of the product, quoted; when the path names a sku, followed by `-` and the product_id',
};

/**
 * The product that a path names.
 *
 * @param owner the caller's own client, whose products a sku names.
 * @throws AppError `not_found` for text that names no product.
 */
export function refOf({ product }: { product: string }, owner: string): ProductRef {
  const ref = parseProductRef(product, owner);
  if (!ref) throw new AppError(PRODUCT_NOT_FOUND, PRODUCT_NOT_FOUND.detail);
  return ref;
}

/** A sku can name another product tomorrow, with the same version, so that the tag of its path contains the id. */
export const productTag = (ref: ProductRef, { productId, version }: Product): string =>
  'productId' in ref ? etagOf(version) : `"${version}-${productId}"`;

const TAG = /^"([1-9]\d{0,9})(?:-([0-9a-f-]{36}))?"$/;

/**
 * The versions that the caller accepts to change, from `If-Match`; null: any. A tag that this service never issued matches no version.
 *
 * @throws AppError `invalid_input` when the header is not a list of entity tags.
 */
export function expectedProducts(request: Request): readonly ExpectedProduct[] | null {
  const tags = expectedTags(request);
  return (
    tags &&
    tags.flatMap((tag) => {
      const [, version, productId] = TAG.exec(tag) ?? [];
      return version === undefined ? [] : [{ version: Number(version), productId: productId ?? null }];
    })
  );
}
