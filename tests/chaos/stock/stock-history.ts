import { type Outcome } from '../outcomes';

/** A product of a shop with limited stock. */
export interface Good {
  client: string;
  sku: string;
  productId: string;
  /** Units on hand before the first order. */
  onHand: number;
  backorderLimit: number;
}

/** A change of what is on hand, as the shop knows it. */
export interface Adjustment {
  /** Its Idempotency-Key, and its reason. */
  key: string;
  productId: string;
  by: number;
  /** Of its last request; null before the first answer. */
  outcome: Outcome | null;
  /** Whether the outcome of any of its requests is unknown. */
  isUncertain: boolean;
}

/** Everything that the clients did with products and learned of them. */
export interface StockHistory {
  goods: Good[];
  /** The units of each product in an order, by the order's key and the product's id. */
  purchases: Map<string, ReadonlyMap<string, number>>;
  adjustments: Adjustment[];
  /** The ids of the reservations that were answered with 201, with the key of their order. */
  reservations: Map<string, string>;
  /** How often each problem was the answer to a request for units. */
  refusals: Map<string, number>;
}

export const newStockHistory = (): StockHistory => ({
  goods: [],
  purchases: new Map(),
  adjustments: [],
  reservations: new Map(),
  refusals: new Map(),
});

/** An accepted order: its key, and whether its units have left for good or will. */
export interface AcceptedOrder {
  key: string;
  isKept: boolean;
}

/**
 * Products of which more was sold than was ever on hand, according to the clients alone. An adjustment without an answer counts if it adds
 * units. Products that can be ordered in advance are left out.
 */
export function soldWithoutStock(
  { goods, purchases, adjustments }: StockHistory,
  orders: readonly AcceptedOrder[],
): string[] {
  const sold = new Map<string, number>();
  for (const { key, isKept } of orders)
    for (const [productId, units] of purchases.get(key) ?? [])
      if (isKept) sold.set(productId, (sold.get(productId) ?? 0) + units);
  return goods.flatMap(({ productId, sku, onHand, backorderLimit }) => {
    const adjusted = adjustments.reduce(
      (sum, adjustment) => (adjustment.productId === productId ? sum + mostAddedBy(adjustment) : sum),
      0,
    );
    const units = sold.get(productId) ?? 0;
    if (backorderLimit > 0 || units <= onHand + adjusted) return [];
    return [
      `${sku} (${productId}): ${String(units)} were sold, ${String(onHand + adjusted)} were ever on hand`,
    ];
  });
}

function mostAddedBy({ by, outcome, isUncertain }: Adjustment): number {
  if (outcome === 'ok') return by;
  return isUncertain ? Math.max(0, by) : 0;
}

/**
 * Adjustments that were not applied exactly once, or, without a clear answer, more than once.
 *
 * @param reasons those of all entries of the ledger.
 */
export function wronglyAdjusted(
  { adjustments }: StockHistory,
  reasons: readonly string[],
): { key: string; what: string }[] {
  const applied = new Map<string, number>();
  for (const reason of reasons) applied.set(reason, (applied.get(reason) ?? 0) + 1);
  return adjustments.flatMap(({ key, outcome, isUncertain }) => {
    const times = applied.get(key) ?? 0;
    const isRight = outcome === 'ok' ? times === 1 : times === 0 || (isUncertain && times === 1);
    return isRight
      ? []
      : [{ key, what: `applied ${String(times)} times, its answer was ${outcome ?? 'none'}` }];
  });
}
