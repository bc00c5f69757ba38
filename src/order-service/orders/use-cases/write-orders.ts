import { appendEvents } from '../../../shared/event-log/append-events';
import { type LoggedEvent } from '../../../shared/event-log/event';
import {
  type IdempotencyRecord,
  recordKey,
  type StoredRecord,
} from '../../../shared/idempotency/idempotency-records';
import { createGroupCommit, type Outcome } from '../../../shared/postgres/group-commit';
import { type Database, type Transaction } from '../../../shared/postgres/queryable';
import { declareCrashPoint } from '../../../shared/resilience/crash-point';
import { type Order } from '../domain/order';
import { claimOrderRecords, insertOrders } from '../store/order-insert-store';

const crashAfterClaim = declareCrashPoint('place-order.after-claim');
const crashBeforeCommit = declareCrashPoint('place-order.before-commit');

/** The rows that are written when an order is placed. */
export interface Placement {
  record: IdempotencyRecord;
  order: Order;
  event: LoggedEvent;
}

/** Null when the order was written, else the earlier idempotency record. */
export type WriteOrder = (order: Placement) => Promise<StoredRecord | null>;

/**
 * Writes orders, each with its idempotency record, its lines and its event; orders that arrive at the same time share a transaction, and
 * so do repeats of one request, of which the first is written. The transaction waits once, for the claims of the records; everything
 * after that is sent with the COMMIT.
 *
 * @returns a function that throws AppError `conflict` (`request_in_progress`) when another transaction takes too long to write the record.
 */
export function createOrderWriter(db: Database): WriteOrder {
  return createGroupCommit({
    retriedWith: ({ record }: Placement) => recordKey(record),
    work: (placements: readonly Placement[]) => db.transaction((tx) => writeOrders(tx, placements)),
  });
}

async function writeOrders(
  tx: Transaction,
  placements: readonly Placement[],
): Promise<Outcome<StoredRecord | null>[]> {
  const earlier = await claimOrderRecords(
    tx,
    placements.map(({ record }) => record),
  );
  crashAfterClaim();
  const claimed = placements.filter((_, index) => earlier[index] === null);
  insertOrders(
    tx,
    claimed.map(({ order }) => order),
  );
  appendEvents(
    tx,
    claimed.map(({ event }) => event),
  );
  crashBeforeCommit();
  return earlier.map((value) => ({ value }));
}
