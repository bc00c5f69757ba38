import { limitWait, type LockMode, throwLockWait } from '../../../shared/postgres/lock-lanes';
import { type Transaction } from '../../../shared/postgres/queryable';
import { type FreeLevels, type StockLevel } from '../domain/stock';
import { lockFreeLevels, lockLevels } from '../store/stock-lock-store';

/**
 * Locks the stock of products until the transaction ends, in the order of their ids. Products without stock are absent. Transactions lock stock
 * only through this function or `settleOrderStock`, and after everything else: idempotency records, orders, reservations, products.
 *
 * With `skipLocked`, it does not wait for stock that another transaction has locked, but returns these products.
 *
 * @throws an error with SQLSTATE 55P03 when another transaction holds a row for longer than the lock timeout.
 */
export function lockStock(tx: Transaction, productIds: readonly string[]): Promise<Map<string, StockLevel>>;
export function lockStock(
  tx: Transaction,
  productIds: readonly string[],
  options: { skipLocked: true },
): Promise<FreeLevels>;
export function lockStock(
  tx: Transaction,
  productIds: readonly string[],
  options?: { skipLocked: true },
): Promise<Map<string, StockLevel> | FreeLevels> {
  if (options)
    return productIds.length > 0 ? lockFreeLevels(tx, productIds) : Promise.resolve(NOTHING_LOCKED());
  return productIds.length > 0 ? lockLevels(tx, productIds) : Promise.resolve(new Map());
}

/**
 * {@link lockStock} for a group of requests.
 *
 * @throws LockWaitTimeout unless the mode is `skip`.
 */
export async function lockStockIn(
  tx: Transaction,
  productIds: readonly string[],
  mode: LockMode,
): Promise<FreeLevels> {
  if (mode === 'skip') return lockStock(tx, productIds, { skipLocked: true });
  limitWait(tx, mode);
  return { levels: await lockStock(tx, productIds).catch(throwLockWait), lockedElsewhere: new Set() };
}

const NOTHING_LOCKED = (): FreeLevels => ({ levels: new Map(), lockedElsewhere: new Set() });
