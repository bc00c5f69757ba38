import { expect } from 'chai';
import { type ApiClient, type ApiResponse, send } from './api-client';
import { rowsOf } from './rows';

let count = 0;

export interface TestProduct {
  product_id: string;
  sku: string;
}

export interface NewTestProduct {
  sku?: string;
  price?: number;
  currency?: string;
  /** Without it the product is not stock-kept. */
  onHand?: number;
  [member: string]: unknown;
}

/** Creates a product of the client through the API, and its stock. */
export async function createProduct(
  client: ApiClient,
  { onHand, ...overrides }: NewTestProduct = {},
): Promise<TestProduct> {
  count += 1;
  const sku = overrides.sku ?? `sku-${count}`;
  const body = { sku, name: `Product ${sku}`, currency: 'USD', price: 10, ...overrides };
  const answer = await client.post('/products', body);
  expect(answer.status, answer.text).to.equal(201);
  const product = answer.body as TestProduct;
  if (onHand !== undefined) await setStock(client, product, { on_hand: onHand });
  return product;
}

/** `PUT /products/:id/stock` */
export async function setStock(
  client: ApiClient,
  { product_id: id }: TestProduct,
  body: object,
): Promise<void> {
  const answer = await client.put(`/products/${id}/stock`, body);
  expect(answer.status, answer.text).to.be.within(200, 201);
}

/** `PATCH` or `DELETE` of a product. */
export function changeProduct(
  baseUrl: string,
  { token }: ApiClient,
  { product_id: id }: TestProduct,
  change: object | null,
): Promise<ApiResponse> {
  const method = change === null ? 'DELETE' : 'PATCH';
  return send(`${baseUrl}/products/${id}`, method, change ?? undefined, { Authorization: `Bearer ${token}` });
}

/** A line of an order. */
export const line = (product: TestProduct | string, quantity = 1, more: object = {}) => ({
  product_id: typeof product === 'string' ? product : product.sku,
  quantity,
  ...more,
});

export interface Counters {
  on_hand: number;
  reserved: number;
}

export async function countersOf(url: string, { product_id: id }: TestProduct): Promise<Counters> {
  const [row] = await rowsOf<Counters>(url, 'SELECT on_hand, reserved FROM stock WHERE product_id = $1', [
    id,
  ]);
  if (!row) throw new Error('the product is not stock-kept');
  return row;
}

/** The causes in the ledger of a product, oldest first. */
export async function causesOf(url: string, { product_id: id }: TestProduct): Promise<string[]> {
  const rows = await rowsOf<{ cause: string }>(
    url,
    'SELECT cause FROM stock_ledger WHERE product_id = $1 ORDER BY entry_id',
    [id],
  );
  return rows.map(({ cause }) => cause);
}

/**
 * Checks that the counters of every product are the sum of its ledger, that exactly the open orders and the active reservations hold stock,
 * and that no counter is out of range.
 */
export async function expectExactStock(url: string): Promise<void> {
  expect(await rowsOf(url, STOCK_FAULTS), 'products whose stock is wrong').to.deep.equal([]);
}

const STOCK_FAULTS = `
  WITH ledger AS (
    SELECT product_id, sum(delta_on_hand)::int AS on_hand, sum(delta_reserved)::int AS reserved
      FROM stock_ledger GROUP BY product_id),
  held AS (
    SELECT product_id, sum(quantity)::int AS quantity
      FROM (SELECT i.catalogue_id AS product_id, i.quantity
              FROM orders o JOIN order_items i USING (order_id)
             WHERE o.is_stock_kept AND o.status = 'PENDING_SHIPMENT' AND i.catalogue_id IS NOT NULL
             UNION ALL
            SELECT i.product_id, i.quantity
              FROM reservations r JOIN reservation_items i USING (reservation_id)
             WHERE r.status = 'active' AND i.is_stock_kept) AS holders
     GROUP BY product_id)
  SELECT s.product_id, s.on_hand, s.reserved, s.backorder_limit, l.on_hand AS ledger_on_hand, l.reserved AS ledger_reserved,
         coalesce(h.quantity, 0) AS held
    FROM stock s LEFT JOIN ledger l USING (product_id) LEFT JOIN held h USING (product_id)
   WHERE (s.on_hand, s.reserved) IS DISTINCT FROM (coalesce(l.on_hand, 0), coalesce(l.reserved, 0))
      OR s.reserved <> coalesce(h.quantity, 0)
      OR s.on_hand < 0 OR s.reserved < 0 OR s.reserved > s.on_hand + s.backorder_limit`;
