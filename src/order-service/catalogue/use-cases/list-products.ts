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

/** Each part of a page reads so many times as many candidates as the part before. */
const GROWTH = 10;

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
  let [entries, left] = [firstEntries(request), MOST_ENTRIES];
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
    entries = Math.min(GROWTH * entries, left);
  }
  if (rows.length > limit) return { rows: rows.slice(0, limit), nextCursor: cursorAt(rows[limit - 1]) };
  return { rows, nextCursor: next === null ? null : encodeCursor(next) };
}

/**
 * How many candidates the first part reads. One more than the page holds shows whether there is another page. Of the products of a term, few
 * have several others too, so that more are read at once; never more than the term has.
 */
function firstEntries({ scan, findIds, limit }: PageScan): number {
  const { groups, ids, sku, beginnings, rarest } = scan;
  const few = 2 * limit + 1;
  const isByTerm = findIds === null && ids === null && sku === undefined && beginnings.length === 0;
  if (!isByTerm || groups.length < 2) return few;
  const many = Math.min(few * GROWTH ** (groups.length - 1), MOST_ENTRIES);
  return rarest === null ? many : Math.min(many, Math.max(few, rarest + 1));
}

const cursorAt = (product: Product | undefined): string | null =>
  product ? encodeCursor(product.productId) : null;
