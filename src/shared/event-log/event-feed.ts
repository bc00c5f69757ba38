import { byKey, type Queryable } from '../postgres/queryable';
import { type StoredEvent } from './event';
import { cursorBehind, FEED_START, type FeedCursor } from './feed-cursor';
import { EVENT_COLUMNS, type EventRow, toStoredEvent } from './read-events';

/** An event with its place in the feed. */
export interface FeedEvent extends StoredEvent {
  /** Where to resume after this event. */
  cursor: FeedCursor;
}

/** The reason why the events behind a cursor cannot be read without a gap. */
export interface FeedGone {
  /**
   * `pruned`: events behind the cursor were removed. `history_changed`: the feed ends before the cursor, or has another event there, because
   * an older state of the database was restored.
   */
  gone: 'pruned' | 'history_changed';
  /** The first cursor from which the feed is complete. */
  earliest: FeedCursor;
}

export interface FeedRequest {
  after: FeedCursor;
  /** Only the events of this owner; null: of all owners. */
  owner: string | null;
  limit: number;
}

/**
 * The next events of the feed, in the order of their positions; fewer than `limit` when there are no more. A reader that continues behind
 * the last of them gets every committed event once, and those of a subject in the order of their versions. A new session of the reader
 * begins with {@link resumeFeed}.
 */
export async function readFeed(
  db: Queryable,
  { after, owner, limit }: FeedRequest,
): Promise<FeedEvent[] | FeedGone> {
  const { rows } = await db.query<FeedRow>(
    byKey(`SELECT f.position, f.event_id AS fed_id, ${EVENT_COLUMNS}
             FROM (SELECT position, seq, event_id FROM event_feed
                    WHERE position > $1 ${owner === null ? '' : 'AND owner = $3'} ORDER BY position LIMIT $2) AS f
                  LEFT JOIN events e ON e.seq = f.seq
            ORDER BY f.position`),
    [after.position, limit, ...(owner === null ? [] : [owner])],
  );
  const removed = rows.findLast((row) => !isLogged(row));
  if (removed) return { gone: 'pruned', earliest: cursorBehind(removed.position, removed.fed_id) };
  return rows.filter(isLogged).map(toFeedEvent);
}

/**
 * Checks a cursor of an earlier session, before its reader continues behind it.
 *
 * @returns the cursor, or the reason why it is no longer valid.
 */
export async function resumeFeed(db: Queryable, cursor: FeedCursor): Promise<FeedCursor | FeedGone> {
  const { rows } = await db.query<{ first: string | null; last: string | null; proof: string | null }>(
    byKey(`SELECT (SELECT position FROM event_feed ORDER BY position LIMIT 1) AS first,
                  (SELECT position FROM event_feed ORDER BY position DESC LIMIT 1) AS last,
                  (SELECT encode(substring(uuid_send(event_id) FROM 9), 'hex') FROM event_feed WHERE position = $1) AS proof`),
    [cursor.position],
  );
  const position = BigInt(cursor.position);
  const { first, last, proof } = rows[0] ?? { first: null, last: null, proof: null };
  if (position > BigInt(last ?? 0)) return gone(db, 'history_changed');
  if (position === 0n && BigInt(first ?? 1) === 1n) return FEED_START;
  if (proof === null) return gone(db, 'pruned');
  return proof === cursor.proof ? cursor : gone(db, 'history_changed');
}

/** The cursor behind the last event that has a position. */
export async function latestCursor(db: Queryable): Promise<FeedCursor> {
  const { rows } = await db.query<{ position: string; event_id: string }>(
    byKey('SELECT position, event_id FROM event_feed ORDER BY position DESC LIMIT 1'),
  );
  return rows[0] ? cursorBehind(rows[0].position, rows[0].event_id) : FEED_START;
}

/** The first cursor from which the feed is complete: the start, or behind the oldest position that it still has. */
export async function earliestCursor(db: Queryable): Promise<FeedCursor> {
  const { rows } = await db.query<{ position: string; event_id: string }>(
    byKey('SELECT position, event_id FROM event_feed ORDER BY position LIMIT 1'),
  );
  const [oldest] = rows;
  return oldest && oldest.position !== '1' ? cursorBehind(oldest.position, oldest.event_id) : FEED_START;
}

const gone = async (db: Queryable, reason: FeedGone['gone']): Promise<FeedGone> => ({
  gone: reason,
  earliest: await earliestCursor(db),
});

/** Without the members of the event when it was removed from the log. */
type FeedRow = (EventRow | { [Member in keyof EventRow]: null }) & { position: string; fed_id: string };
type LoggedRow = EventRow & FeedRow;

const isLogged = (row: FeedRow): row is LoggedRow => row.event_id !== null;

const toFeedEvent = (row: LoggedRow): FeedEvent => ({
  ...toStoredEvent(row),
  cursor: cursorBehind(row.position, row.event_id),
});
