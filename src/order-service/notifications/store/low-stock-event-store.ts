import { cursorBehind, type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { byKey, type Queryable } from '../../../shared/postgres/queryable';

/** An event about low stock, with the addresses that its owner has set. */
export interface LowStockEvent {
  eventId: string;
  owner: string;
  payload: unknown;
  occurredAt: Date;
  recipients: string[];
}

export interface LowStockPage {
  /** In the order of the feed. */
  events: LowStockEvent[];
  /** Where to continue; null: the feed has nothing behind the cursor. */
  next: FeedCursor | null;
  /** Whether the feed may have more events behind `next`. */
  hasMore: boolean;
  /** Whether the log has lost events of these owners that the feed still has. */
  hasGap: boolean;
}

/**
 * The events about low stock among the next positions of the feed, for owners that want to be notified. Of the other owners only the positions
 * are read. The caller checks the cursor afterwards: when it is still valid then, the feed was complete.
 */
export async function readLowStockPage(
  db: Queryable,
  after: FeedCursor,
  positions: number,
): Promise<LowStockPage> {
  const { rows } = await db.query<PageRow>(LOW_STOCK_PAGE, [after.position, positions]);
  const [first] = rows;
  if (!first) return { events: [], next: null, hasMore: false, hasGap: false };
  return {
    events: rows.filter(isFound).map(toEvent),
    next: cursorBehind(first.last_position, first.last_id),
    hasMore: first.count >= positions,
    hasGap: rows.some(({ position, event_id: eventId }) => position !== null && eventId === null),
  };
}

const LOW_STOCK_PAGE = byKey(
  `WITH page AS MATERIALIZED (
     SELECT position, seq, event_id, owner FROM event_feed WHERE position > $1 ORDER BY position LIMIT $2),
   last AS (
     SELECT position, event_id, (SELECT count(*)::int FROM page) AS count FROM page ORDER BY position DESC LIMIT 1),
   found AS (
     SELECT f.position, f.owner, s.low_stock_recipients, e.event_id, e.payload, e.occurred_at
       FROM page f
            JOIN notification_settings s ON s.owner = f.owner AND s.low_stock_enabled AND s.low_stock_recipients <> '{}'
            LEFT JOIN LATERAL (
              SELECT event_id, subject_type, type, payload, occurred_at FROM events WHERE seq = f.seq OFFSET 0) AS e ON true
      WHERE e.event_id IS NULL OR (e.subject_type = 'stock' AND e.type = 'STOCK_LOW'))
   SELECT last.position AS last_position, last.event_id AS last_id, last.count, found.position,
          found.event_id, found.owner, found.payload, found.occurred_at, found.low_stock_recipients
     FROM last LEFT JOIN found ON true
    ORDER BY found.position`,
);

interface PageEnd {
  last_position: string;
  last_id: string;
  count: number;
  /** Null: the page has no such event. */
  position: string | null;
}

interface FoundRow extends PageEnd {
  event_id: string;
  owner: string;
  payload: unknown;
  occurred_at: Date;
  low_stock_recipients: string[];
}

type PageRow = FoundRow | (PageEnd & { event_id: null });

const isFound = (row: PageRow): row is FoundRow => row.event_id !== null;

const toEvent = (row: FoundRow): LowStockEvent => ({
  eventId: row.event_id,
  owner: row.owner,
  payload: row.payload,
  occurredAt: row.occurred_at,
  recipients: row.low_stock_recipients,
});
