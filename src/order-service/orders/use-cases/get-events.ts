import { type FeedGone, latestCursor } from '../../../shared/event-log/event-feed';
import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type Database } from '../../../shared/postgres/queryable';
import { type EventFilter } from '../domain/event-filter';
import { eventsGone } from './event-cursors';
import { type WaitForEvent } from './event-waiters';
import { type ReadPublicEvents } from './public-events-reader';
import { earliestPublicCursor, type EventPage } from './read-public-events';

export interface GetEventsDependencies {
  db: Database;
  readEvents: ReadPublicEvents;
  waitForEvent: WaitForEvent;
}

export interface GetEvents {
  after: FeedCursor | 'earliest' | 'latest';
  /** Only the events of this owner's orders and products; null: of all owners. */
  owner: string | null;
  filter: EventFilter;
  limit: number;
  /** How long to wait when there is no event, in milliseconds. */
  waitMs: number;
}

/** The number of pages that one request reads to find an event that matches its filter: about 2 000 events of the feed. */
const MOST_PAGES = 4;

/**
 * The next events behind a cursor. Without any, waits until there is one, the time is over, or the signal is aborted. The cursor of the answer
 * is behind all events that were compared with the filter, so that no request reads them again.
 *
 * @throws AppError `gone` (`events_pruned`, `history_changed`) when events behind the cursor are missing; it holds the earliest cursor.
 */
export async function getEvents(
  { db, readEvents, waitForEvent }: GetEventsDependencies,
  { after: from, waitMs, owner, filter, limit }: GetEvents,
  signal: AbortSignal,
): Promise<EventPage> {
  const end = performance.now() + waitMs;
  let after = await cursorOf(db, from);
  for (;;) {
    const page = await firstPageWithEvents(readEvents, { after, owner, filter, limit });
    const ms = end - performance.now();
    if (page.events.length > 0 || page.hasMore || ms <= 0) return page;
    const { cursor, mayMatch } = await waitForEvent({ after: page.next, owner, filter }, ms, signal);
    if (!mayMatch) return { events: [], next: cursor, hasMore: false };
    after = cursor;
  }
}

async function firstPageWithEvents(
  readEvents: ReadPublicEvents,
  request: { after: FeedCursor; owner: string | null; filter: EventFilter; limit: number },
): Promise<EventPage> {
  let { after } = request;
  for (let pages = 1; ; pages += 1) {
    // After a page without an event of an order, the next one probably has the events of an import.
    const page = orThrow(await readEvents({ ...request, after, isSparse: pages > 1 }));
    if (page.events.length > 0 || !page.hasMore || pages === MOST_PAGES) return page;
    after = page.next;
  }
}

function cursorOf(db: Database, from: GetEvents['after']): FeedCursor | Promise<FeedCursor> {
  if (from === 'latest') return latestCursor(db);
  return from === 'earliest' ? earliestPublicCursor(db) : from;
}

function orThrow(page: EventPage | FeedGone): EventPage {
  if ('gone' in page) throw eventsGone(page);
  return page;
}
