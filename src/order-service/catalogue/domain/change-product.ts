import { amountFault, type Currency, type MinorUnits, toMinorUnits } from '../../../shared/contracts/money';
import { VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { type Product, type ProductContent, type ProductStep } from './product';

/** The members that a request changes; an undefined one keeps its value. The price is a JSON number, because its currency may be the present one. */
export type ProductPatch = {
  [Member in Exclude<keyof ProductContent, 'price'>]?: ProductContent[Member] | undefined;
} & { price?: number | undefined };

/** Creates a product: its first step. */
export function createProduct(
  content: ProductContent,
  { productId, owner, now }: { productId: string; owner: string; now: Date },
): ProductStep {
  const after: Product = { ...content, productId, owner, version: 1, createdAt: now, updatedAt: now };
  return { type: 'PRODUCT_CREATED', before: null, after };
}

/**
 * Changes some members of a product; null when all of them have these values.
 *
 * @throws AppError `invalid_input` for a price that its currency does not have, and for another currency without a price.
 */
export function patchProduct(before: Product, patch: ProductPatch, now: Date): ProductStep | null {
  const { price: amount, ...members } = patch;
  const present = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  const content = { ...contentOf(before), ...(present as Partial<ProductContent>) };
  if (amount === undefined && content.currency !== before.currency)
    throw invalidPrice('is required with another currency');
  const price = amount === undefined ? before.price : priceOf(amount, content.currency);
  return replaceContent(before, { ...content, price }, now);
}

/** Gives a product other content; null when it has this content. A change of the price gives its name to the event, whatever else changes. */
export function replaceContent(before: Product, content: ProductContent, now: Date): ProductStep | null {
  if (fingerprint(content) === fingerprint(contentOf(before))) return null;
  const isPriced = content.price === before.price && content.currency === before.currency;
  const after = { ...before, ...content, version: before.version + 1, updatedAt: now };
  return { type: isPriced ? 'PRODUCT_UPDATED' : 'PRODUCT_PRICE_CHANGED', before, after };
}

/** The last step of a product. */
export function deleteProduct(before: Product, now: Date): ProductStep {
  const after = { ...before, version: before.version + 1, updatedAt: now };
  return { type: 'PRODUCT_DELETED', before, after };
}

const contentOf = (product: ProductContent): ProductContent => ({
  sku: product.sku,
  name: product.name,
  description: product.description,
  category: product.category,
  currency: product.currency,
  price: product.price,
  taxClass: product.taxClass,
  weightGrams: product.weightGrams,
  attributes: product.attributes,
  imageUrl: product.imageUrl,
  isActive: product.isActive,
});

/** Text that is equal for equal content. */
const fingerprint = (content: ProductContent): string =>
  JSON.stringify([
    contentOf({ ...content, attributes: {} }),
    Object.entries(content.attributes).sort(byName),
  ]);

const byName = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1);

function priceOf(amount: number, code: Currency): MinorUnits {
  const price = toMinorUnits(amount, code);
  if (price === null) throw invalidPrice(amountFault(amount, code));
  return price;
}

const invalidPrice = (message: string): AppError =>
  new AppError(VALIDATION_FAILED, 'the request body is not valid', { errors: [{ path: 'price', message }] });
