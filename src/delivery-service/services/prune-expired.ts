import { eventPruning } from '../../shared/event-log/prune-events';
import { type Queryable } from '../../shared/postgres/queryable';
import { maintainInbox } from '../store/inbox-ranges';
import { shipmentEventPruning } from '../store/shipment-store';

const DAY_MS = 86_400_000;

export interface RetentionDays {
  /** Longer than the time in which a message can arrive again. */
  INBOX_RETENTION_DAYS: number;
  /** 0: events are kept forever. */
  EVENT_RETENTION_DAYS: number;
}

/**
 * Deletes some of the expired rows: ids of messages that can no longer arrive again, and events of shipments that ended long ago. An order
 * that has not applied such an event by then can no longer fetch it.
 *
 * @returns a function that deletes the rows and returns how many.
 */
export function expiredPruning(db: Queryable, retention: RetentionDays): () => Promise<number> {
  const pruneEvents = eventPruning(retention.EVENT_RETENTION_DAYS, shipmentEventPruning(db));
  return async () => {
    const oldest = new Date(Date.now() - retention.INBOX_RETENTION_DAYS * DAY_MS);
    // The inbox comes last: if its next range cannot be created, everything has been pruned all the same.
    return (await pruneEvents()) + (await maintainInbox(db, oldest));
  };
}
