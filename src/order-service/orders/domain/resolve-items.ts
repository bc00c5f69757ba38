import { type Currency, type MinorUnits, toJsonAmount } from '../../../shared/contracts/money';
import { type FieldError } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { type OrderItem } from './order';
import { CATALOGUE_MISMATCH } from './problem-types';

/** `open`: items can be free, that is, not in the catalogue. `strict`: every item is a product that is on sale, at its price. */
export type CatalogueMode = 'open' | 'strict';

/** A line of an order as it was requested. */
export interface RequestedItem {
  /** The shop's own code. */
  productId: string;
  quantity: number;
  /** Null: the price of the catalogue. */
  unitPrice: MinorUnits | null;
}

/** A product that has the code of a line. */
export interface CatalogueProduct {
  productId: string;
  name: string;
  price: MinorUnits;
  currency: Currency;
  isActive: boolean;
}

interface Fault {
  member: 'product_id' | 'unit_price';
  code: 'price_required' | 'unknown_product' | 'inactive_product' | 'other_currency' | 'wrong_price';
  message: string;
}

/**
 * The lines of an order with their prices and, for those whose codes are in the catalogue, their products. A line without a price takes that
 * of its product, which must be on sale in the currency of the order; with a price, the line keeps it in an open catalogue.
 *
 * @param products the owner's products by code.
 * @throws AppError `unprocessable` (`catalogue_mismatch`) that names the member of each faulty line, with a code.
 */
export function resolveItems(
  items: readonly RequestedItem[],
  currency: Currency,
  products: ReadonlyMap<string, CatalogueProduct>,
  mode: CatalogueMode,
): OrderItem[] {
  const errors: FieldError[] = [];
  const resolved = items.map((item, index): OrderItem => {
    const product = products.get(item.productId);
    const fault = faultOf(item, product, currency, mode);
    if (fault)
      errors.push({ path: `items[${index}].${fault.member}`, message: fault.message, code: fault.code });
    return {
      productId: item.productId,
      quantity: item.quantity,
      unitPrice: item.unitPrice ?? product?.price ?? 0,
      ...(product && { catalogue: { productId: product.productId, name: product.name } }),
    };
  });
  if (errors.length > 0) throw new AppError(CATALOGUE_MISMATCH, CATALOGUE_MISMATCH.detail, { errors });
  return resolved;
}

function faultOf(
  { productId, unitPrice }: RequestedItem,
  product: CatalogueProduct | undefined,
  currency: Currency,
  mode: CatalogueMode,
): Fault | null {
  const fault = (member: Fault['member'], code: Fault['code'], message: string) => ({
    member,
    code,
    message,
  });
  if (!product) {
    if (mode === 'strict')
      return fault('product_id', 'unknown_product', `${productId} is not in the catalogue`);
    if (unitPrice !== null) return null;
    return fault('unit_price', 'price_required', `is required, because ${productId} is not in the catalogue`);
  }
  if (mode === 'open' && unitPrice !== null) return null;
  if (!product.isActive) return fault('product_id', 'inactive_product', `${productId} is not on sale`);
  if (product.currency !== currency)
    return fault('unit_price', 'other_currency', `${productId} has a price in ${product.currency} only`);
  if (unitPrice === null || unitPrice === product.price) return null;
  const price = `${toJsonAmount(product.price, currency)} ${currency}`;
  return fault('unit_price', 'wrong_price', `${productId} costs ${price}`);
}
