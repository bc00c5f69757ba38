import { prepared, type Queryable, type Transaction } from '../postgres/queryable';
import { type StoredEvent } from './event';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './read-events';

/**
 * An event that waits for its queue:
 *
 * - fresh: it was not tried yet, or only while its queue could not take anything;
 * - to be retried: it was refused, or a queue gave no answer about it, and has a time at which it is sent again;
 * - held: an older event of its order is to be retried. It becomes fresh once that one is published.
 */
export interface WaitingEvent extends StoredEvent {
  /** The oldest waiting event of its order: this one, or another that must be sent before. */
  headId: string;
  /** How often a queue has refused it, or gave no answer about it alone; null for a fresh event. */
  attempts: number | null;
}

export interface HeadsQuery {
  /** Most fresh events. */
  limit: number;
  /** Most events to be retried that are due. */
  retries: number;
  /** Only fresh events with a greater `seq`: a place to start from, not a position up to which all is sent. */
  after?: string;
  /** Queues that are left out. */
  exceptQueues?: readonly string[];
}

/**
 * Locks, per order, the oldest event that waits to be sent: the head of its group. Heads that another relay has locked are
 * skipped, and the event behind a locked head is no head, so several relays side by side never reorder an order. Fresh events behind an
 * older one that is to be retried are returned too, so that the caller can hold them: each is met once, however many there are.
 *
 * A cursor over `seq` would be wrong here: of two transactions the later number can commit first, and the cursor would pass
 * over the earlier one for ever.
 */
export async function lockHeads(tx: Transaction, query: HeadsQuery): Promise<WaitingEvent[]> {
  const { limit, retries, after = '0', exceptQueues = [] } = query;
  const { rows } = await tx.query<WaitingRow>(LOCK_HEADS, [limit, retries, after, exceptQueues]);
  return rows.map((row) => ({ ...toStoredEvent(row), headId: row.head_id, attempts: row.attempts }));
}

interface WaitingRow extends EventRow {
  head_id: string;
  attempts: number | null;
}

const HEAD_OF_ITS_ORDER = `
     CROSS JOIN LATERAL (
            SELECT oldest.event_id, oldest.next_attempt_at FROM events oldest
             WHERE oldest.published_at IS NULL AND oldest.queue IS NOT NULL AND oldest.order_id = e.order_id
             ORDER BY oldest.version
             LIMIT 1) head`;

/**
 * The partial indexes hold little that is alive and much that was published a moment ago. Only a plain index scan leaves that out the
 * next time; the bitmap scan that transactions switch off would visit it again and again until the next vacuum.
 */
const LOCK_HEADS = prepared(
  'lock-heads',
  `WITH fresh AS (
   SELECT ${EVENT_COLUMNS}, e.attempts, head.event_id AS head_id
     FROM events e ${HEAD_OF_ITS_ORDER}
    WHERE e.published_at IS NULL AND e.queue IS NOT NULL AND e.next_attempt_at IS NULL
      AND e.seq > $3 AND e.queue <> ALL ($4::text[])
      AND (head.event_id = e.event_id OR head.next_attempt_at IS NOT NULL)
    ORDER BY e.seq
    LIMIT $1
      FOR UPDATE OF e SKIP LOCKED),
   due AS (
   SELECT ${EVENT_COLUMNS}, e.attempts, head.event_id AS head_id
     FROM events e ${HEAD_OF_ITS_ORDER}
    WHERE e.published_at IS NULL AND e.queue IS NOT NULL AND e.attempts IS NOT NULL AND e.next_attempt_at <= now()
      AND e.queue <> ALL ($4::text[])
    ORDER BY e.next_attempt_at
    LIMIT $2
      FOR UPDATE OF e SKIP LOCKED)
   SELECT * FROM fresh UNION ALL SELECT * FROM due`,
);

export function markPublished(tx: Transaction, eventIds: readonly string[]): void {
  tx.send(MARK_PUBLISHED, [eventIds]);
}

const MARK_PUBLISHED = prepared(
  'mark-published',
  `UPDATE events SET published_at = now(), attempts = NULL, next_attempt_at = NULL, last_error = NULL
    WHERE event_id = ANY ($1::uuid[])`,
);

/**
 * Puts already sent events of one type back in line, each under a fresh deduplication id. Events that still wait are left alone:
 * they are not lost. After each repeat the next one has to wait twice as long, up to 64 times: what is only late, behind a long
 * queue, must not make the queue longer.
 *
 * @param afterSeconds how long an event must have been sent before its first repeat
 */
export async function resendEvents(
  db: Queryable,
  orderIds: readonly string[],
  type: string,
  afterSeconds: number,
): Promise<ResentEvent[]> {
  const { rows } = await db.query<Pick<EventRow, 'order_id' | 'event_id' | 'correlation_id'>>(
    `UPDATE events SET published_at = NULL, resends = resends + 1, attempts = NULL, next_attempt_at = NULL, last_error = NULL
      WHERE order_id = ANY ($1::uuid[]) AND type = $2 AND queue IS NOT NULL
        AND published_at <= now() - make_interval(secs => $3::float8 * (1 << least(resends, 6)))
      RETURNING order_id, event_id, correlation_id`,
    [orderIds, type, afterSeconds],
  );
  return rows.map((row) => ({
    orderId: row.order_id,
    eventId: row.event_id,
    correlationId: row.correlation_id,
  }));
}

export type ResentEvent = Pick<StoredEvent, 'orderId' | 'eventId' | 'correlationId'>;

/** All that wait: fresh, to be retried, or held. */
export async function countUnpublished(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM events WHERE published_at IS NULL AND queue IS NOT NULL',
  );
  return rows[0]?.count ?? 0;
}

/**
 * How many seconds ago the first event in line for a queue happened, be it fresh or refused; null when none waits. Held events are left
 * out: the one before them happened earlier.
 */
export async function oldestUnpublishedAge(db: Queryable, queue: string): Promise<number | null> {
  const { rows } = await db.query<{ age: number | null }>(
    `SELECT CASE WHEN min(occurred_at) IS NOT NULL THEN greatest(0, extract(epoch FROM now() - min(occurred_at))) END::float8 AS age
       FROM ((SELECT occurred_at FROM events
               WHERE published_at IS NULL AND queue IS NOT NULL AND next_attempt_at IS NULL AND queue = $1
               ORDER BY seq
               LIMIT 1)
             UNION ALL
             (SELECT min(occurred_at) FROM events
               WHERE published_at IS NULL AND queue IS NOT NULL AND attempts IS NOT NULL AND queue = $1)) AS oldest`,
    [queue],
  );
  return rows[0]?.age ?? null;
}
