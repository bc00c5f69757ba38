import { type ProblemType } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { type Shortage } from './allocate';
import { INACTIVE_PRODUCT, OUT_OF_STOCK, UNKNOWN_PRODUCT } from './problem-types';
import { type ReservationItem } from './reservation';
import { type StockLevel } from './stock';

/** An item of a request. Items with the same code count together. */
export interface RequestedItem {
  sku: string;
  quantity: number;
}

/** The known products by sku. */
type Products = ReadonlyMap<string, { productId: string; sku: string; isActive: boolean }>;

/** The quantity of each known product. */
export function needsOf(items: readonly RequestedItem[], products: Products): Map<string, number> {
  const needs = new Map<string, number>();
  for (const { sku, quantity } of items) {
    const id = products.get(sku)?.productId;
    if (id !== undefined) needs.set(id, (needs.get(id) ?? 0) + quantity);
  }
  return needs;
}

/** In the order in which a reservation is read. */
export function itemsOf(
  needs: ReadonlyMap<string, number>,
  products: Products,
  levels: ReadonlyMap<string, StockLevel>,
): ReservationItem[] {
  const skus = new Map([...products.values()].map(({ productId, sku }) => [productId, sku]));
  return [...needs]
    .map(([productId, quantity]) => ({
      productId,
      sku: skus.get(productId) ?? '',
      quantity,
      isStockKept: levels.has(productId),
    }))
    .sort((a, b) => (a.productId < b.productId ? -1 : 1));
}

/**
 * The refusal of a request with items that cannot be reserved: with codes that no product has or, when there are none, with products that are not
 * on sale; null when all items can be.
 */
export function unsaleableItems(items: readonly RequestedItem[], products: Products): AppError | null {
  const isUnknown = ({ sku }: RequestedItem): boolean => !products.has(sku);
  const isInactive = ({ sku }: RequestedItem): boolean => products.get(sku)?.isActive === false;
  return (
    refusal(items, isUnknown, UNKNOWN_PRODUCT, (skus) => `there is no product with this code: ${skus}`) ??
    refusal(items, isInactive, INACTIVE_PRODUCT, (skus) => `not on sale: ${skus}`)
  );
}

/** The refusal that names the items that are meant; null when there are none. */
function refusal(
  items: readonly RequestedItem[],
  isMeant: (item: RequestedItem) => boolean,
  type: ProblemType,
  describe: (skus: string) => string,
): AppError | null {
  const errors = items.flatMap((item, index) =>
    isMeant(item) ? [{ path: `items[${index}].product_id`, message: describe(item.sku) }] : [],
  );
  const skus = new Set(items.filter(isMeant).map(({ sku }) => sku));
  return skus.size === 0 ? null : new AppError(type, describe([...skus].join(', ')), { errors });
}

/** The refusal of a request for which some products do not suffice. It names the first item of each of them. */
export function outOfStock(
  items: readonly RequestedItem[],
  products: Products,
  shortages: readonly Shortage[],
): AppError {
  const short = shortages.map(({ productId, requested, available }) => {
    const index = items.findIndex(({ sku }) => products.get(sku)?.productId === productId);
    const sku = items[index]?.sku ?? productId;
    const message = `${sku}: ${requested} requested, ${Math.max(0, available)} available`;
    return { sku, error: { path: `items[${index}]`, message } };
  });
  return new AppError(OUT_OF_STOCK, `out of stock: ${short.map(({ sku }) => sku).join(', ')}`, {
    errors: short.map(({ error }) => error),
  });
}
