import { problemType } from '../../../shared/contracts/problem';

export const OUT_OF_STOCK = problemType('conflict', 'out_of_stock', 'out of stock: lamp');
export const NO_STOCK = problemType('not_found', 'no_stock', 'the product is not stock-kept');
export const STOCK_BELOW_RESERVED = problemType(
  'conflict',
  'stock_below_reserved',
  'on_hand would be 2; 3 units are reserved, and backorder_limit is 0',
);
export const RESERVATION_NOT_FOUND = problemType(
  'not_found',
  'reservation_not_found',
  'there is no such reservation',
);
export const RESERVATION_EXPIRED = problemType(
  'conflict',
  'reservation_expired',
  'the reservation is no longer active: it has expired, was released, or became an order',
);
export const INACTIVE_PRODUCT = problemType('unprocessable', 'inactive_product', 'not on sale: lamp');
export const UNKNOWN_PRODUCT = problemType(
  'unprocessable',
  'unknown_product',
  'there is no product with this code: lmap',
);
