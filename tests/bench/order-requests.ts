import { randomBytes, randomUUID } from 'node:crypto';
import { type LoadRequest } from './load';

/** A line of an order. A product of the catalogue needs no price. */
export interface OrderLine {
  product_id: string;
  quantity: number;
  unit_price?: number;
}

/** A `POST /orders` with two items and a new key, customer and products. */
export function newOrderRequest(token: string): LoadRequest {
  const id = newId();
  return orderRequest(
    token,
    [
      { product_id: `lamp-${id}`, quantity: 1, unit_price: 79.9 },
      { product_id: `bulb-${id}`, quantity: 3, unit_price: 2.5 },
    ],
    id,
  );
}

/** A `POST /orders` of these items with a new key and customer. */
export function orderRequest(token: string, items: readonly OrderLine[], id = newId()): LoadRequest {
  return {
    method: 'POST',
    path: '/orders',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    },
    body: JSON.stringify({ customer_id: `customer-${id}`, items }),
  };
}

const newId = (): string => randomBytes(8).toString('hex');

/** Sends a request once and returns the body of the answer. */
export async function sendOnce(url: string, { path, ...request }: LoadRequest): Promise<string> {
  const response = await fetch(`${url}${path}`, request);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${request.method} ${path} was answered with ${String(response.status)}: ${text}`);
  return text;
}
