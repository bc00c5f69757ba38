import { LAST_ID } from '../../../shared/contracts/text';
import { isTimeLimit } from '../../../shared/postgres/database-errors';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type Product } from '../domain/product';
import { type ProductFilter, type ProductScan } from '../domain/product-list';
import { type FindProductIds, prepareScan, readScanPart } from './scan-products';

/** How many products are held in memory at a time. */
const PAGE_SIZE = 500;

/** How many candidates one statement reads. */
const ENTRIES = 5_000;
/** A statement that reads fewer candidates is not repeated. */
const MIN_ENTRIES = 300;

/** How long a started export waits for other lists and exports of the client, in milliseconds. */
const MAX_WAIT_MS = 30_000;

export interface ExportProductsDependencies {
  reads: ReadPool;
  /** Finds the products with low stock. */
  lowOnStock: FindProductIds;
}

/**
 * All products of an owner (null: of all owners) that match a filter, newest first, page by page. Each page is a short transaction of its
 * own, so that memory and the time of a statement do not grow with the number of products.
 */
export async function* exportProducts(
  { reads, lowOnStock }: ExportProductsDependencies,
  owner: string | null,
  filter: ProductFilter,
  reader: Reader,
): AsyncGenerator<Product[]> {
  const findIds = filter.isLowOnStock ? lowOnStock : null;
  const scan = await reads.read(reader, (db) => prepareScan(db, owner, filter));
  let before: string | null = scan && LAST_ID;
  while (scan !== null && before !== null) {
    const { products, next }: NextPage = await nextPage(reads, { scan, findIds, before }, reader);
    if (products.length > 0) yield products;
    before = next;
  }
}

type NextPage = Awaited<ReturnType<typeof readScanPart>>;

/** A statement that exceeds the time limit is repeated with a quarter of the candidates. */
async function nextPage(
  reads: ReadPool,
  part: { scan: ProductScan; findIds: FindProductIds | null; before: string },
  reader: Reader,
): Promise<NextPage> {
  for (let entries = ENTRIES; ; entries = Math.floor(entries / 4)) {
    try {
      return await reads.read(
        reader,
        (db) => readScanPart(db, { ...part, entries, limit: PAGE_SIZE }),
        MAX_WAIT_MS,
      );
    } catch (error) {
      if (!isTimeLimit(error) || entries < MIN_ENTRIES) throw error;
    }
  }
}
