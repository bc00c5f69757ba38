import { isTimeLimit } from '../../../shared/postgres/database-errors';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type ListPosition, type OrderFilter } from '../domain/order-list';
import { type Order } from '../domain/order';
import { nextPart, type ListPart } from '../store/order-list';
import { type ListRequest } from '../store/order-list-conditions';

/** How many orders are held in memory at a time. */
const PAGE_SIZE = 500;

/** How many index entries one statement reads. When the filters match few orders, many such statements find none. */
const ENTRIES = 20_000;
/** A statement that reads fewer entries is not repeated: then the database is slow, and the export is not too broad. */
const MIN_ENTRIES = 300;

/**
 * How long a started export waits for other lists and exports of the client, in milliseconds: an export that is cut off has to start again.
 */
const MAX_WAIT_MS = 30_000;

/**
 * All orders that a client may see (null: every client's), oldest first, page by page. Each page is a short transaction of its own, so
 * memory and statement time grow neither with the number of orders nor with the number that the filters exclude.
 */
export async function* exportOrders(
  reads: ReadPool,
  filter: OrderFilter,
  clientId: string | null,
  reader: Reader,
): AsyncGenerator<Order[]> {
  const sort = { column: 'created_at', descending: false } as const;
  let maxWaitMs: number | undefined;
  let after: ListPosition | null = null;
  do {
    const request: ListRequest = { filter, sort, after, limit: PAGE_SIZE, clientId };
    const { orders, end } = await nextPage(reads, request, reader, maxWaitMs);
    if (orders.length > 0) yield orders.map(({ order }) => order);
    after = end;
    maxWaitMs = MAX_WAIT_MS;
  } while (after !== null);
}

/** A statement that exceeds the time limit is repeated with a quarter of the entries. */
async function nextPage(
  reads: ReadPool,
  request: ListRequest,
  reader: Reader,
  maxWaitMs: number | undefined,
): Promise<ListPart> {
  for (let entries = ENTRIES; ; entries /= 4) {
    try {
      return await reads.read(reader, (db) => nextPart(db, request, entries), maxWaitMs);
    } catch (error) {
      if (!isTimeLimit(error) || entries < MIN_ENTRIES) throw error;
    }
  }
}
