import { LAST_ID, uuid } from '../../../shared/contracts/text';
import {
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
} from '../../../shared/postgres/keyset-page';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { type Product } from '../domain/product';
import { type ProductFilter } from '../domain/product-list';
import { type FindProductIds, prepareScan, readScanPart } from './scan-products';

export interface ListProductsDependencies {
  db: Database;
  /** Finds the products with low stock. */
  lowOnStock: FindProductIds;
}

export interface ListProducts extends PageRequest {
  /** Null: of all owners. */
  owner: string | null;
  filter: ProductFilter;
}

/** How many candidates are read for a page, at most: when most of them do not match, the page has fewer products than it may have. */
const MOST_ENTRIES = 3_000;

/** How many candidates a part reads, at least. */
const FEWEST_ENTRIES = 20;

/** How far the reading of a page has come. */
interface ScanState {
  /** Candidates that were read. */
  read: number;
  /** Products of the page so far. */
  found: number;
  /** Products that the page still lacks. */
  missing: number;
  /** How many candidates may still be read. */
  left: number;
}

/**
 * A page of products, newest first. With filters of which each alone has many products but together few, a page can have fewer products than
 * requested, even none, and still a cursor.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`)
 */
export async function listProducts(
  { db, lowOnStock }: ListProductsDependencies,
  { owner, filter, limit, cursor }: ListProducts,
): Promise<Page<Product>> {
  const before = cursor === undefined ? LAST_ID : decodeCursor(uuid, cursor);
  const findIds = filter.isLowOnStock ? lowOnStock : null;
  return db.transaction(async (tx) => {
    const scan = await prepareScan(tx, owner, filter);
    if (scan === null) return { rows: [], nextCursor: null };
    return readPage(tx, { scan, findIds, before, limit });
  });
}

type PageScan = Omit<Parameters<typeof readScanPart>[1], 'entries'>;

async function readPage(tx: Queryable, request: PageScan): Promise<Page<Product>> {
  const { limit } = request;
  const rows: Product[] = [];
  let next: string | null = request.before;
  // One more than the page holds shows whether there is another page.
  let [entries, left] = [2 * limit + 1, MOST_ENTRIES];
  while (next !== null && rows.length <= limit && left > 0) {
    const part: Awaited<ReturnType<typeof readScanPart>> = await readScanPart(tx, {
      ...request,
      before: next,
      entries,
      limit: limit + 1 - rows.length,
    });
    rows.push(...part.products);
    next = part.next;
    left -= entries;
    const found = rows.length;
    entries = nextEntries({ read: MOST_ENTRIES - left, found, missing: limit + 1 - found, left });
  }
  if (rows.length > limit) return { rows: rows.slice(0, limit), nextCursor: cursorAt(rows[limit - 1]) };
  return { rows, nextCursor: next === null ? null : encodeCursor(next) };
}

/**
 * How many candidates the next part reads: as many as should fill the page, judged by those that were read, and half as many again; at least as
 * many as all parts before together, so that there are at most nine parts.
 */
export function nextEntries({ read, found, missing, left }: ScanState): number {
  const expected = Math.ceil((1.5 * missing * read) / Math.max(found, 0.5));
  const entries = Math.max(expected, read, FEWEST_ENTRIES);
  return entries > left / 2 ? left : entries;
}

const cursorAt = (product: Product | undefined): string | null =>
  product ? encodeCursor(product.productId) : null;
