import autocannon from 'autocannon';
import { type LoadRequest } from '../load';
import { orderRequest } from '../order-requests';
import { type System } from '../system';
import { pause } from '../timing';
import { createSaleBook, type SaleBook } from './sale-book';

const TIMEOUT_SECONDS = 30;
const ATTEMPTS = 20;
const RETRY_SECONDS = 0.5;
const OPENING = { method: 'GET', path: '/health/live' } as const;

export interface SaleOptions {
  /** The code of the product; each buyer orders one unit, with a key of its own. */
  sku: string;
  buyers: number;
  connections: number;
}

/**
 * Lets every buyer send one request, on open connections that each send the next one after the answer to the previous one. Buyers without a
 * clear answer then repeat their request with the same key.
 *
 * @throws Error when a buyer has no clear answer in the end.
 */
export async function runSale(system: System, { sku, buyers, connections }: SaleOptions): Promise<SaleBook> {
  const book = createSaleBook(buyers);
  const requests = Array.from({ length: buyers }, () =>
    orderRequest(system.tokens.shop, [{ product_id: sku, quantity: 1 }]),
  );
  const width = Math.min(connections, buyers);
  // The first request of each connection opens it.
  let next = -width;
  const request: autocannon.Request = {
    setupRequest(request, context) {
      const buyer = next++;
      if (buyer < 0) return { ...request, ...OPENING };
      (context as SaleContext).buyer = buyer;
      book.sent(buyer, performance.now());
      return { ...request, ...requests[buyer] } as autocannon.Request;
    },
    onResponse(status, body, context) {
      const { buyer } = context as SaleContext;
      if (buyer !== undefined) book.answered(buyer, { status, body }, performance.now());
    },
  };
  await new Promise<void>((resolve, reject) => {
    const options = { url: system.apiUrl, connections: width, amount: width + buyers };
    const rest = { sampleInt: 100, timeout: TIMEOUT_SECONDS, requests: [request] };
    autocannon({ ...options, ...rest }, (error: unknown) =>
      error instanceof Error ? reject(error) : resolve(),
    );
  });
  await repeatUndecided(system, book, requests);
  return book;
}

/** Autocannon keeps one for each request of a connection. */
interface SaleContext {
  /** Absent for the request that opens the connection. */
  buyer?: number;
}

async function repeatUndecided(
  { apiUrl }: System,
  book: SaleBook,
  requests: readonly LoadRequest[],
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    for (const buyer of book.undecided()) {
      const { path, ...request } = requests[buyer]!;
      book.sent(buyer, performance.now());
      const response = await fetch(`${apiUrl}${path}`, request);
      book.answered(buyer, { status: response.status, body: await response.text() }, performance.now());
    }
    if (book.undecided().length === 0) return;
    await pause(RETRY_SECONDS);
  }
  throw new Error(`${String(book.undecided().length)} buyers do not know whether they got a unit`);
}
