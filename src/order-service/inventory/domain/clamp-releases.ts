import { type StockChange, type StockLevel } from './stock';

/**
 * The changes, in the sequence in which they are applied, with no more units released than are reserved then: the counters of a product can have
 * drifted from the ledger, and the end of a reservation does not depend on that. `reconcile-stock` finds the difference.
 */
export function clampReleases(
  levels: ReadonlyMap<string, StockLevel>,
  changes: readonly StockChange[],
): StockChange[] {
  const left = new Map([...levels].map(([productId, { reserved }]) => [productId, reserved]));
  return changes.map((change) => {
    const reserved = left.get(change.productId) ?? 0;
    const difference = Math.max(change.reserved, 0 - reserved);
    left.set(change.productId, reserved + difference);
    return { ...change, reserved: difference };
  });
}
