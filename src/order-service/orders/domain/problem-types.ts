import { problemType } from '../../../shared/contracts/problem';

export const ORDER_NOT_FOUND = problemType('not_found', 'order_not_found', 'there is no such order');
export const CANCELLATION_REFUSED = problemType(
  'conflict',
  'cancellation_refused',
  'the cancellation was refused: the parcel has been handed over',
);
export const QUERY_TOO_BROAD = problemType(
  'unprocessable',
  'query_too_broad',
  'the list covers too many orders for the time limit; add created_from',
);
