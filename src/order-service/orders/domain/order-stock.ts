import { AppError } from '../../../shared/errors';
import { type Shortage } from '../../inventory/domain/allocate';
import { OUT_OF_STOCK } from '../../inventory/domain/problem-types';
import { type Order } from './order';

/** The quantity of each product of the catalogue that an order needs; lines with the same product count together. */
export function needsOf({ items }: Pick<Order, 'items'>): Map<string, number> {
  const needs = new Map<string, number>();
  for (const { catalogue, quantity } of items)
    if (catalogue) needs.set(catalogue.productId, (needs.get(catalogue.productId) ?? 0) + quantity);
  return needs;
}

/** The refusal of an order for which some products do not suffice. It names the first line of each of them. */
export function outOfStock({ items }: Pick<Order, 'items'>, shortages: readonly Shortage[]): AppError {
  const short = shortages.map(({ productId, requested, available }) => {
    const index = items.findIndex(({ catalogue }) => catalogue?.productId === productId);
    const code = items[index]?.productId ?? productId;
    const message = `${code}: ${requested} requested, ${Math.max(0, available)} available`;
    return { code, error: { path: `items[${index}]`, message } };
  });
  return new AppError(OUT_OF_STOCK, `out of stock: ${short.map(({ code }) => code).join(', ')}`, {
    errors: short.map(({ error }) => error),
  });
}
