import { isTimeLimit } from '../../../shared/postgres/database-errors';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type ListPosition, type OrderFilter } from '../domain/order-list';
import { type Order } from '../domain/order';
import { nextPart, type ListPart } from '../store/order-list';
import { type ListRequest } from '../store/order-list-conditions';

/** How many orders are in memory at a time. */
const PAGE = 500;

/** How many entries of an index one statement looks at: where the filters leave few orders, many such statements find none. */
const ENTRIES = 20_000;
/** With fewer it is not tried again: the database is slow, not the export broad. */
const FEWEST_ENTRIES = 300;

/** An export that has begun waits for the client's lists and other exports, in milliseconds: broken off, it would begin anew. */
const MAX_WAIT_MS = 30_000;

/**
 * All orders that a client may see (null: every client's), oldest first, page by page: one short transaction each, so that neither
 * memory nor a statement grows with their number, or with that of the orders that the filters leave out.
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
    const request: ListRequest = { filter, sort, after, limit: PAGE, clientId };
    const { orders, end } = await nextPage(reads, request, reader, maxWaitMs);
    if (orders.length > 0) yield orders.map(({ order }) => order);
    after = end;
    maxWaitMs = MAX_WAIT_MS;
  } while (after !== null);
}

/** What takes too long is tried again in smaller pieces. */
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
      if (!isTimeLimit(error) || entries < FEWEST_ENTRIES) throw error;
    }
  }
}
