import { type Transaction } from '../../../shared/postgres/queryable';
import { type OrderSettlement as Settlement, settlementChanges } from '../domain/settle-orders';
import { readOrderStock } from '../store/order-ledger-store';
import { lockLevelsOfOrders } from '../store/stock-lock-store';
import { writeStock } from './write-stock';

export type OrderSettlement = Settlement;

/**
 * Releases, consumes or puts back the stock of orders, each once: an order that has been settled with its cause is skipped. The orders must be
 * locked. Waits once.
 */
export async function settleOrderStock(
  tx: Transaction,
  settlements: readonly OrderSettlement[],
  at: Date,
): Promise<void> {
  if (settlements.length === 0) return;
  const orderIds = settlements.map(({ orderId }) => orderId);
  // The ledger is read behind the locks: a repair could change it before.
  const [levels, held] = await Promise.all([lockLevelsOfOrders(tx, orderIds), readOrderStock(tx, orderIds)]);
  const changes = settlementChanges(levels, held, settlements);
  writeStock(tx, levels, changes, at);
}
