import { type FeedEvent } from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type FannedEvent } from '../domain/delivery';
import { presentEvents } from './present-events';

/** Events of the feed with their public types, and the bodies of their requests. */
export interface FannedEvents {
  events: FannedEvent[];
  /** By event id. */
  bodies: Map<string, string>;
  /** Events that cannot be presented, with the errors. */
  skipped: SkippedEvent[];
}

export interface SkippedEvent {
  owner: string;
  eventId: string;
  cursor: FeedCursor;
  error: Error;
}

/** An event of an order that has left the log since it was read from the feed is left out: its order ended long ago. */
export async function fanEvents(db: Queryable, changes: readonly FeedEvent[]): Promise<FannedEvents> {
  const { events, faults } = await presentEvents(db, changes);
  return {
    events: changes.flatMap(({ cursor, owner, subjectId, version, eventId }) => {
      const type = events.get(eventId)?.type;
      return type ? [{ position: cursor.position, owner, subjectId, version, eventId, type }] : [];
    }),
    bodies: new Map([...events].map(([eventId, event]) => [eventId, JSON.stringify(event)])),
    skipped: changes.flatMap(({ owner, eventId, cursor }) => {
      const error = faults.get(eventId);
      return error ? [{ owner, eventId, cursor, error }] : [];
    }),
  };
}
