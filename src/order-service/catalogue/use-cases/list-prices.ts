import { version } from '../../../shared/contracts/integers';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type PricePeriod } from '../domain/price-period';
import { type ProductRef } from '../domain/product-ref';
import { listPrices as list } from '../store/price-store';
import { requireProduct } from './find-product';

/**
 * A page of the prices of a product, newest first.
 *
 * @throws AppError `not_found`; `invalid_input` (`invalid_cursor`)
 */
export async function listPrices(
  db: Queryable,
  ref: ProductRef,
  visibleOwner: string | null,
  page: PageRequest,
): Promise<Page<PricePeriod>> {
  const { productId } = await requireProduct(db, ref, visibleOwner);
  return readPage(page, {
    position: version,
    positionOf: (period: PricePeriod) => period.version,
    read: (before, limit) => list(db, productId, before, limit),
  });
}
