import { createHash } from 'node:crypto';
import { byKey, preparedByKey, type Queryable } from '../postgres/queryable';
import { type StoredEvent } from './event';
import { cursorBehind, FEED_START, type FeedCursor } from './feed-cursor';
import { EVENT_COLUMNS, type EventRow, toStoredEvent } from './read-events';

/**
 * SQL for the position behind which a feed begins, for readers that must not read older events. It is part of every statement, so that the
 * position and the events are those of one snapshot.
 */
export type FeedStart = string;

const FROM_FIRST: FeedStart = '0';

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
  /** Only the events of this subject. Then a page can have fewer events than `limit`, or none, although there are more. */
  subjectId?: string | undefined;
  limit: number;
  /** Prepares the statement. Only in a transaction: elsewhere it could keep the plan for a small table. */
  isPrepared?: true;
}

export interface FeedPage {
  /** In the order of their positions. */
  events: FeedEvent[];
  /**
   * Where to continue: behind the last event of the page, or behind the end of the feed when no event of the owner is left. A reader whose
   * owner is quiet advances with the feed too, so that pruning does not overtake it.
   */
  next: FeedCursor;
  /** Whether the owner had more events behind `next`. */
  hasMore: boolean;
}

/**
 * One page of the feed. A reader that continues behind `next` gets every committed event once, and those of a subject in the order of their
 * versions. Each call checks the proof of its cursor in the statement that reads the events: an older state of the database that was restored
 * under a running reader is reported like a cursor of an earlier session.
 */
export async function readFeed(
  db: Queryable,
  request: FeedRequest,
  start: FeedStart = FROM_FIRST,
): Promise<FeedPage | FeedGone> {
  const { after, owner, subjectId, limit, isPrepared } = request;
  const text = pageStatement(request, start);
  const statement = isPrepared ? preparedByKey(nameOf(text), text) : byKey(text);
  const { rows } = await db.query<PageRow>(statement, [
    after.position,
    after.proof,
    limit + 1,
    ...(subjectId === undefined ? [] : [subjectId]),
    ...(owner === null ? [] : [owner]),
  ]);
  const [{ state, end_position: endPosition, end_id: endId, is_cut: isCut } = NO_ROW] = rows;
  if (state !== 'valid') return gone(db, state, start);
  const found = rows.slice(0, limit).filter(isFed);
  const removed = found.findLast((row) => !isLogged(row));
  if (removed) return { gone: 'pruned', earliest: cursorBehind(removed.position, removed.fed_id) };
  const events = found.filter(isLogged).map(toFeedEvent);
  const isFull = rows.length > limit;
  const end = endPosition === null || endId === null ? after : cursorBehind(endPosition, endId);
  return {
    events,
    next: isFull ? (events.at(-1)?.cursor ?? after) : end,
    hasMore: isFull || isCut === true,
  };
}

const nameOf = (text: string): string =>
  `read-feed-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

/** Whether the events behind the cursor `$1`, `$2` are there. The look-ups by key of a branch are made only when it is reached. */
const stateOf = (start: FeedStart): string => `
  CASE WHEN $1::bigint < ${start} THEN 'pruned'
       WHEN $1 = 0 THEN CASE WHEN (SELECT position FROM event_feed ORDER BY position LIMIT 1) > 1 THEN 'pruned' ELSE 'valid' END
       WHEN (SELECT encode(substring(uuid_send(event_id) FROM 9), 'hex') = $2::text FROM event_feed WHERE position = $1) THEN 'valid'
       WHEN $1 > coalesce((SELECT position FROM event_feed ORDER BY position DESC LIMIT 1), 0) THEN 'history_changed'
       WHEN EXISTS (SELECT FROM event_feed WHERE position = $1) THEN 'history_changed'
       ELSE 'pruned' END`;

/** The events are found by key, whatever the planner thinks of the size of the tables. */
const pageStatement = ({ owner, subjectId }: FeedRequest, start: FeedStart): string => `
  SELECT here.state, feed_end.position AS end_position, feed_end.event_id AS end_id, feed_end.is_cut, f.position, f.event_id AS fed_id,
         e.*
    FROM (SELECT ${stateOf(start)} AS state) AS here
         ${subjectId === undefined ? pageOfOwner(owner) : pageOfSubject(owner)}
         LEFT JOIN LATERAL (SELECT ${EVENT_COLUMNS} FROM events e WHERE e.seq = f.seq OFFSET 0) AS e ON true
   ORDER BY f.position`;

const FEED_END = 'SELECT position, event_id, false AS is_cut FROM event_feed ORDER BY position DESC LIMIT 1';

const pageOfOwner = (owner: string | null): string => `
         LEFT JOIN LATERAL (${FEED_END}) AS feed_end ON true
         LEFT JOIN LATERAL (
           SELECT position, seq, event_id FROM event_feed
            WHERE position > $1 AND here.state = 'valid' ${owner === null ? '' : 'AND owner = $4'}
            ORDER BY position LIMIT $3) AS f ON true`;

/** The number of positions of its owner that a page of a subject looks through. */
const MOST_POSITIONS = 20_000;

const pageOfSubject = (owner: string | null): string => {
  const ofOwner = `position > $1 AND here.state = 'valid'
              AND owner = (SELECT owner FROM events WHERE subject_id = $4 ORDER BY version LIMIT 1) ${owner === null ? '' : 'AND owner = $5'}`;
  return `
         LEFT JOIN LATERAL (
           (SELECT position, event_id, true AS is_cut FROM event_feed
             WHERE ${ofOwner} ORDER BY position OFFSET ${MOST_POSITIONS - 1} LIMIT 1)
           UNION ALL (${FEED_END})
           ORDER BY is_cut DESC LIMIT 1) AS feed_end ON true
         LEFT JOIN LATERAL (
           SELECT position, seq, event_id
             FROM (SELECT position, seq, event_id FROM event_feed
                    WHERE ${ofOwner} ORDER BY position LIMIT ${MOST_POSITIONS}) AS of_owner
            WHERE event_id = ANY (ARRAY (SELECT event_id FROM events WHERE subject_id = $4))
            ORDER BY position LIMIT $3) AS f ON true`;
};

/**
 * Checks a cursor of an earlier session.
 *
 * @returns the cursor, or the reason why it is no longer valid.
 */
export async function resumeFeed(
  db: Queryable,
  cursor: FeedCursor,
  start: FeedStart = FROM_FIRST,
): Promise<FeedCursor | FeedGone> {
  const { rows } = await db.query<StateRow>(byKey(`SELECT ${stateOf(start)} AS state`), [
    cursor.position,
    cursor.proof,
  ]);
  const [{ state } = NO_ROW] = rows;
  if (state !== 'valid') return gone(db, state, start);
  return cursor.position === FEED_START.position ? FEED_START : cursor;
}

/** The cursor behind the last event that has a position. */
export async function latestCursor(db: Queryable): Promise<FeedCursor> {
  const { rows } = await db.query<{ position: string; event_id: string }>(
    byKey('SELECT position, event_id FROM event_feed ORDER BY position DESC LIMIT 1'),
  );
  return rows[0] ? cursorBehind(rows[0].position, rows[0].event_id) : FEED_START;
}

/** The first cursor from which the feed is complete: its start, or behind the oldest position that it still has. */
export async function earliestCursor(db: Queryable, start: FeedStart = FROM_FIRST): Promise<FeedCursor> {
  const { rows } = await db.query<{ is_start: boolean; position: string; event_id: string }>(
    byKey(`SELECT ${start} = 0 AND position = 1 AS is_start, position, event_id
             FROM event_feed WHERE position >= ${start} ORDER BY position LIMIT 1`),
  );
  const [oldest] = rows;
  return oldest && !oldest.is_start ? cursorBehind(oldest.position, oldest.event_id) : FEED_START;
}

const gone = async (db: Queryable, reason: FeedGone['gone'], start: FeedStart): Promise<FeedGone> => ({
  gone: reason,
  earliest: await earliestCursor(db, start),
});

interface StateRow {
  state: 'valid' | FeedGone['gone'];
}

const NO_ROW = { state: 'pruned', end_position: null, end_id: null, is_cut: null } as const;

interface EndRow extends StateRow {
  /** Null: the feed is empty. */
  end_position: string | null;
  end_id: string | null;
  is_cut: boolean | null;
}

type AllNull<Row> = { [Member in keyof Row]: null };
/** Without the members of the event when it was removed from the log. */
type FedRow = EndRow & { position: string; fed_id: string } & (EventRow | AllNull<EventRow>);
type PageRow = FedRow | (EndRow & { position: null; fed_id: null } & AllNull<EventRow>);
type LoggedRow = EventRow & FedRow;

const isFed = (row: PageRow): row is FedRow => row.position !== null;
const isLogged = (row: FedRow): row is LoggedRow => row.event_id !== null;

const toFeedEvent = (row: LoggedRow): FeedEvent => ({
  ...toStoredEvent(row),
  cursor: cursorBehind(row.position, row.event_id),
});
