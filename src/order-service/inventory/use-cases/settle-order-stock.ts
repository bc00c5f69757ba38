import { limitWait, type LockMode, throwLockWait } from '../../../shared/postgres/lock-lanes';
import { type Transaction } from '../../../shared/postgres/queryable';
import {
  holdsUnits,
  type OrderSettlement,
  type OrderStock,
  settlementChanges,
} from '../domain/settle-orders';
import { type FreeLevels } from '../domain/stock';
import { readOrderStock } from '../store/order-ledger-store';
import { lockFreeLevelsOfOrders, lockLevelsOfOrders } from '../store/stock-lock-store';
import { writeStock } from './write-stock';

/**
 * Releases, consumes or puts back the stock of orders, each once: an order that has been settled with its cause is skipped, and its stock is not
 * locked. The orders must be locked. Waits once.
 *
 * @returns the ids of the orders that were left out, because another transaction has locked the stock of one of their products; none unless the
 * mode is `skip`.
 * @throws LockWaitTimeout unless the mode is `skip`.
 */
export async function settleOrderStock(
  tx: Transaction,
  settlements: readonly OrderSettlement[],
  at: Date,
  mode: LockMode = 'wait',
): Promise<ReadonlySet<string>> {
  if (settlements.length === 0) return new Set();
  const orderIds = [...new Set(settlements.map(({ orderId }) => orderId))];
  const returned = settlements.flatMap((one) => (one.cause === 'order_returned' ? [one.orderId] : []));
  // The ledger is read behind the locks: a repair could change it before.
  const [{ levels, lockedElsewhere }, held] = await Promise.all([
    lockStockOfOrders(tx, orderIds, returned, mode),
    readOrderStock(tx, orderIds),
  ]).catch(throwLockWait);
  const isLeftOut = (stock: OrderStock): boolean =>
    lockedElsewhere.has(stock.productId) && (holdsUnits(stock) || returned.includes(stock.orderId));
  const leftOut = new Set(held.filter(isLeftOut).map(({ orderId }) => orderId));
  const settled = settlements.filter(({ orderId }) => !leftOut.has(orderId));
  writeStock(tx, levels, settlementChanges(levels, held, settled), at);
  return leftOut;
}

async function lockStockOfOrders(
  tx: Transaction,
  orderIds: readonly string[],
  returned: readonly string[],
  mode: LockMode,
): Promise<FreeLevels> {
  if (mode === 'skip') return lockFreeLevelsOfOrders(tx, orderIds, returned);
  limitWait(tx, mode);
  const levels = await lockLevelsOfOrders(tx, orderIds, returned);
  return { levels, lockedElsewhere: new Set() };
}
