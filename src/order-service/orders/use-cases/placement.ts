import { type Needs } from '../../inventory/domain/allocate';
import { type LoggedEvent } from '../../../shared/event-log/event';
import { type IdempotencyRecord, type StoredRecord } from '../../../shared/idempotency/idempotency-records';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type Order } from '../domain/order';

export const crashAfterClaim = declareCrashPoint('place-order.after-claim');
export const crashBeforeCommit = declareCrashPoint('place-order.before-commit');

/** The rows that are written when an order is placed. */
export interface Placement {
  record: IdempotencyRecord;
  order: Order;
  event: LoggedEvent;
  /** The quantity of each product of the catalogue that the order needs. */
  needs: Needs;
  /** Whether the lines have been looked up in the catalogue. */
  isResolved: boolean;
  /** The reservation that the order takes over. */
  reservationId: string | null;
}

/**
 * Null when the order was written, else the earlier idempotency record. `owner_has_products`: nothing was written, because the lines must be
 * looked up in the catalogue first.
 */
export type WriteOutcome = StoredRecord | 'owner_has_products' | null;

/**
 * @throws AppError `conflict`: `request_in_progress` when another transaction takes too long to write the idempotency record, `out_of_stock`
 * when a product does not suffice; `unavailable`.
 */
export type WriteOrder = (order: Placement) => Promise<WriteOutcome>;
