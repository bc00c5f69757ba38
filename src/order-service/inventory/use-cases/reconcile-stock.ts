import { isRetryable } from '../../../shared/errors';
import { type Origin } from '../../../shared/event-log/event';
import { type Database, type Queryable } from '../../../shared/postgres/queryable';
import { stepTo } from '../domain/change-stock';
import { type StockLevel } from '../domain/stock';
import { differencesOf, repairOf, type StockBook } from '../domain/stock-drift';
import {
  findUnrecordedOrders,
  listStockKept,
  lockStockOrders,
  readBooks,
  readLedgerBase,
} from '../store/stock-book-store';
import { lockStock } from './lock-stock';
import { writeSteps } from './write-stock';

export interface ReconcileDependencies {
  /** For the comparison, whose statements can take long. */
  reads: Queryable;
  /** For repairs; null: differences are only reported. */
  repairs: { db: Database; origin: Origin } | null;
  /** Called for each product with differences. */
  onDifference: (difference: ProductDifference) => void;
}

export interface ProductDifference {
  level: StockLevel;
  texts: readonly string[];
  outcome: RepairOutcome;
}

/** `impossible`: more would be reserved than there is. `locked`: another transaction kept the stock locked. */
export type RepairOutcome = 'reported' | 'repaired' | 'impossible' | 'locked';

export interface ReconciliationCounts {
  products: number;
  different: number;
  repaired: number;
}

/** Products that one statement compares. Each statement holds a snapshot, which keeps versions of hot rows alive. */
const BATCH = 500;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Compares the stock of every product with its ledger, the open orders and the active reservations, and repairs the differences if requested. */
export async function reconcileStock(dependencies: ReconcileDependencies): Promise<ReconciliationCounts> {
  const { reads, onDifference } = dependencies;
  const counts = { products: 0, different: 0, repaired: 0 };
  const unrecorded = await findUnrecordedOrders(reads);
  let batch = await listStockKept(reads, FIRST_ID, BATCH);
  while (batch.length > 0) {
    const suspects = batch.flatMap((productId) => unrecorded.get(productId) ?? []);
    for (const book of await readBooks(reads, batch, suspects)) {
      const texts = differencesOf(book);
      if (texts.length === 0) continue;
      const outcome = await repair(dependencies, book, unrecorded.get(book.level.productId) ?? []);
      counts.different += 1;
      if (outcome === 'repaired') counts.repaired += 1;
      onDifference({ level: book.level, texts, outcome });
    }
    counts.products += batch.length;
    batch = await listStockKept(reads, batch.at(-1) ?? FIRST_ID, BATCH);
  }
  return counts;
}

/**
 * Repeats the comparison while the orders and the stock are locked: every change of what orders and reservations hold of the product waits for it. The ledger is
 * summed up before; only the entries since then are read under the lock.
 */
async function repair(
  { reads, repairs }: ReconcileDependencies,
  { level: { productId }, holders }: StockBook,
  unrecorded: readonly string[],
): Promise<RepairOutcome> {
  if (!repairs) return 'reported';
  // The orders that hold other units than they should. One that holds nothing is not in the sum, and its end would not wait for the stock.
  const suspects = holders.flatMap(({ kind, id }) => (kind === 'order' ? [id] : []));
  const orderIds = [...new Set([...unrecorded, ...suspects])];
  const base = await readLedgerBase(reads, productId);
  try {
    return await repairs.db.transaction(async (tx) => {
      await lockStockOrders(tx, orderIds);
      await lockStock(tx, [productId]);
      const [book] = await readBooks(tx, [productId], orderIds, base);
      if (!book || differencesOf(book).length === 0) return 'repaired';
      const plan = repairOf(book, repairs.origin);
      if (!plan) return 'impossible';
      const at = new Date();
      writeSteps(tx, [stepTo(book.level, plan.to, plan.changes, at)], plan.changes, at);
      return 'repaired';
    });
  } catch (error) {
    if (isRetryable(error)) return 'locked';
    throw error;
  }
}
