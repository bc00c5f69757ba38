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
export const CATALOGUE_MISMATCH = problemType(
  'unprocessable',
  'catalogue_mismatch',
  'the items do not match the catalogue',
);

/** Both have the member `earliest_cursor`. */
export const EVENTS_PRUNED = problemType(
  'gone',
  'events_pruned',
  'events behind the cursor are no longer kept; continue behind earliest_cursor, and read the orders themselves',
);
export const HISTORY_CHANGED = problemType(
  'gone',
  'history_changed',
  'the event of the cursor no longer exists, because an older state of the database was restored',
);
