import { problemType } from '../../../shared/contracts/problem';

export const PRODUCT_NOT_FOUND = problemType('not_found', 'product_not_found', 'there is no such product');
export const SKU_TAKEN = problemType('conflict', 'sku_taken', 'the client has another product with this sku');

export const productReserved = (units: number): string =>
  `orders and reservations hold ${units === 1 ? '1 unit' : `${units} units`} of the product; delete it when they are shipped, cancelled or released`;

export const PRODUCT_RESERVED = problemType('conflict', 'product_reserved', productReserved(3));
export const IMPORT_REFUSED = problemType(
  'unprocessable',
  'import_refused',
  'the file has 2 errors; nothing was imported',
);
export const IMPORT_IN_PROGRESS = problemType(
  'conflict',
  'import_in_progress',
  'another import of this client is in progress',
);
export const TOO_MANY_CATEGORIES = problemType(
  'unprocessable',
  'too_many_categories',
  'there are more than 5000 categories; name one with parent',
);
