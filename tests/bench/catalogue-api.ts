import { sendOnce } from './order-requests';
import { wordsOf } from './product-words';
import { type System } from './system';

/** A product that is created by the API, with what is on hand of it; null: it is not stock-kept, so that any quantity can be ordered. */
export interface NewProduct {
  sku: string;
  name: string;
  onHand: number | null;
}

/** Creates a product of the shop. Returns its id. */
export async function createProduct(
  { apiUrl, tokens }: System,
  { sku, name, onHand }: NewProduct,
): Promise<string> {
  const headers = { Authorization: `Bearer ${tokens.shop}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ sku, name, currency: 'USD', price: 79.9 });
  const text = await sendOnce(apiUrl, { method: 'POST', path: '/products', headers, body });
  const { product_id: productId } = JSON.parse(text) as { product_id: string };
  if (onHand !== null) {
    const path = `/products/${productId}/stock`;
    await sendOnce(apiUrl, { method: 'PUT', path, headers, body: JSON.stringify({ on_hand: onHand }) });
  }
  return productId;
}

const IMPORTED_TYPE = 'application/x-ndjson';
const MOST_SHOWN = 1_000;

/** A file of new products. */
export const importFile = (count: number): string =>
  Array.from({ length: count }, (_, n) => JSON.stringify(importedProduct(n))).join('\n');

/**
 * Imports the products of a file in one request of the shop.
 *
 * @throws Error when they are refused.
 */
export async function importProducts({ apiUrl, tokens }: System, file: string): Promise<void> {
  const response = await fetch(`${apiUrl}/products/import`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${tokens.shop}`, 'Content-Type': IMPORTED_TYPE },
    body: file,
  });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`the import was answered with ${String(response.status)}: ${text.slice(0, MOST_SHOWN)}`);
}

const importedProduct = (n: number): object => ({
  sku: `imported-${String(n)}`,
  name: `${wordsOf(n)} ${String(n)}`,
  description: 'Made of wood from sustainable forests.',
  category: `area-${String(n % 10)}/imported`,
  currency: 'USD',
  price: (500 + (n % 20_000)) / 100,
  attributes: { colour: 'natural' },
});
