import { groupBy } from '../../../shared/group-by';
import { type ChangeOrigin, type LedgerCause, MAX_UNITS, type StockChange, type StockLevel } from './stock';

/** What an order has of a product, according to the ledger. */
export interface OrderStock {
  orderId: string;
  productId: string;
  /** Units that the order still holds. */
  reserved: number;
  /** Units that it took out of stock. */
  shipped: number;
  /** Whether it has been settled as shipped; what it still holds then is a difference of a counter that had drifted. */
  isShipped: boolean;
  isReturned: boolean;
}

/** Whether a status after SHIPPED, or CANCELLED, changes the stock. */
export const holdsUnits = ({ reserved, isShipped }: OrderStock): boolean => reserved > 0 && !isShipped;

export interface OrderSettlement {
  orderId: string;
  cause: Extract<LedgerCause, 'order_cancelled' | 'order_shipped' | 'order_returned'>;
  origin: ChangeOrigin;
}

/**
 * The changes that settle orders. What an order holds is released or consumed; what it has shipped is put back once. An order that has nothing to
 * settle is left out, and so is a product that is no longer stock-kept.
 *
 * Units on backorder are shipped although they were never counted as on hand, so `on_hand` never falls below 0. No counter leaves its range, not
 * even when it had drifted from the ledger: the way of an order does not depend on the stock, and `reconcile-stock` finds the difference.
 */
export function settlementChanges(
  levels: ReadonlyMap<string, StockLevel>,
  held: readonly OrderStock[],
  settlements: readonly OrderSettlement[],
): StockChange[] {
  const left = new Map([...levels].map(([id, { onHand, reserved }]) => [id, { onHand, reserved }]));
  // An order that is shipped and returned at once puts back what it has just shipped.
  const ofOrder = groupBy(
    held.map((stock) => ({ ...stock })),
    ({ orderId }) => orderId,
  );
  return settlements.flatMap(({ orderId, cause, origin }) =>
    (ofOrder.get(orderId) ?? []).flatMap((stock): StockChange[] => {
      const counters = left.get(stock.productId);
      if (!counters) return [];
      const change = differenceOf(cause, stock, counters);
      if (change === null) return [];
      counters.onHand += change.onHand;
      counters.reserved += change.reserved;
      if (cause === 'order_shipped') stock.shipped -= change.reserved;
      if (cause !== 'order_returned') stock.reserved = 0;
      return [{ ...change, productId: stock.productId, cause, orderId, origin }];
    }),
  );
}

function differenceOf(
  cause: OrderSettlement['cause'],
  stock: OrderStock,
  left: { onHand: number; reserved: number },
): { onHand: number; reserved: number } | null {
  const { reserved, shipped, isReturned } = stock;
  if (cause === 'order_returned') {
    if (shipped <= 0 || isReturned) return null;
    return { onHand: Math.min(shipped, MAX_UNITS - left.onHand), reserved: 0 };
  }
  if (!holdsUnits(stock)) return null;
  const released = negative(Math.min(reserved, left.reserved));
  if (cause === 'order_cancelled') return { onHand: 0, reserved: released };
  return { onHand: negative(Math.min(reserved, left.onHand)), reserved: released };
}

/** Without a negative zero. */
const negative = (units: number): number => (units === 0 ? 0 : -units);
