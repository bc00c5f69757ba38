import { z } from 'zod';
import { uuid } from '../../../shared/contracts/text';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { requireProduct } from '../../catalogue/use-cases/find-product';
import { type LedgerEntry, type StockLevel } from '../domain/stock';
import { listEntries } from '../store/ledger-store';
import { findLevel, listLevels, listLowIds } from '../store/stock-store';
import { type ProductRequest, requireStock } from './change-stock';

/** @throws AppError `not_found` (`product_not_found`, `no_stock`) */
export async function getStock(db: Queryable, { ref, visibleOwner }: ProductRequest): Promise<StockLevel> {
  const { productId } = await requireProduct(db, ref, visibleOwner);
  return requireStock(await findLevel(db, productId));
}

/**
 * A page of the stock of products, in the order of their creation.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`); `quota_exceeded` (`too_many_reads`)
 */
export function listStock(
  reads: ReadPool,
  { owner, isLow, page }: { owner: string | null; isLow: boolean; page: PageRequest },
  reader: Reader,
): Promise<Page<StockLevel>> {
  return readPage(page, {
    position: uuid,
    positionOf: ({ productId }) => productId,
    read: (after, limit) => reads.read(reader, (db) => listLevels(db, { owner, isLow, after, limit })),
  });
}

/**
 * A page of the ledger of a product, newest first. It stays when stock keeping ends.
 *
 * @throws AppError `not_found` (`product_not_found`); `invalid_input` (`invalid_cursor`)
 */
export async function listLedger(
  db: Queryable,
  { ref, visibleOwner }: ProductRequest,
  page: PageRequest,
): Promise<Page<LedgerEntry>> {
  const { productId } = await requireProduct(db, ref, visibleOwner);
  return readPage(page, {
    position: entryId,
    positionOf: (entry) => entry.entryId,
    read: (before, limit) => listEntries(db, productId, before, limit),
  });
}

/** A bigint as text. */
const entryId = z.string().regex(/^[1-9]\d{0,17}$/);

/**
 * Ids of products with low stock below `before`, newest first, for lists of products.
 *
 * @param owner null: of all owners.
 */
export const findLowStock = (
  db: Queryable,
  owner: string | null,
  before: string,
  limit: number,
): Promise<string[]> => listLowIds(db, owner, before, limit);
