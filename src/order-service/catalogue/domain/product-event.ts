import { toJsonAmount } from '../../../shared/contracts/money';
import { type ProductResource } from '../../../shared/contracts/product-resource';
import { type ProductStep } from './product';
import { toProductResource } from './product-resource';

/** The payload of an event of a product in the log. */
export interface ProductEventPayload {
  /** The product after the change. */
  product: ProductResource;
  /** Only when the price or its currency changed: the price before, in `previous_currency` or else in the same currency. */
  previous_price?: number;
  /** Only when the currency changed. */
  previous_currency?: string;
}

export function payloadOf({ type, before, after }: ProductStep): ProductEventPayload {
  const product = toProductResource(after);
  if (type !== 'PRODUCT_PRICE_CHANGED' || before === null) return { product };
  return {
    product,
    previous_price: toJsonAmount(before.price, before.currency),
    ...(before.currency !== after.currency && { previous_currency: before.currency }),
  };
}
