import { pruneInbox } from '../../shared/event-log/inbox';
import { batchPruning, eventPruning } from '../../shared/event-log/prune-events';
import { type Queryable } from '../../shared/postgres/queryable';

const DAY_MS = 86_400_000;

export interface RetentionDays {
  /** Longer than a message can come again. */
  INBOX_RETENTION_DAYS: number;
  /** 0: events are kept for ever. */
  EVENT_RETENTION_DAYS: number;
}

/**
 * Makes a function that deletes some expired rows: ids of messages that the queue can no longer deliver again, and events of shipments
 * that ended long ago. An order that has not applied such an event by then cannot fetch it any more.
 *
 * @returns the function; it returns the number of deleted rows.
 */
export function expiredPruning(db: Queryable, retention: RetentionDays): () => Promise<number> {
  const pruneEvents = eventPruning(
    retention.EVENT_RETENTION_DAYS,
    batchPruning(db, { subjects: 'shipments' }),
  );
  return async () => {
    const oldest = new Date(Date.now() - retention.INBOX_RETENTION_DAYS * DAY_MS);
    return (await pruneInbox(db, oldest)) + (await pruneEvents());
  };
}
