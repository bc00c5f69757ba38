import { type ApiRequest } from '../api';

type Asked = Omit<ApiRequest, 'client'>;

/** A line of an order or of a reservation. */
export interface Item {
  product_id: string;
  quantity: number;
  /** Only of items that are not in the catalogue. */
  unit_price?: number;
}

const withKey = (key: string): Pick<Asked, 'headers'> => ({ headers: { 'Idempotency-Key': key } });

export const createProduct = (key: string, sku: string): Asked => ({
  ...{ method: 'POST', path: '/products', body: { sku, name: `The ${sku}`, currency: 'USD', price: 79.9 } },
  ...withKey(key),
});

export const setStock = (key: string, productId: string, body: object): Asked => ({
  ...{ method: 'PUT', path: `/products/${productId}/stock`, body },
  ...withKey(key),
});

/** The key is also the reason, by which the entry of the ledger is found. */
export const adjustStock = (key: string, productId: string, by: number): Asked =>
  setStock(key, productId, { adjust: by, reason: key });

export const LIST_STOCK: Asked = { method: 'GET', path: '/stock?limit=100' };

export const reserve = (key: string, items: readonly Item[], seconds: number): Asked => ({
  ...{ method: 'POST', path: '/reservations', body: { items, expires_in_seconds: seconds } },
  ...withKey(key),
});

export const extendReservation = (reservationId: string, seconds: number): Asked => ({
  ...{ method: 'PATCH', path: `/reservations/${reservationId}`, body: { expires_in_seconds: seconds } },
});

export const releaseReservation = (reservationId: string): Asked => ({
  method: 'DELETE',
  path: `/reservations/${reservationId}`,
});
