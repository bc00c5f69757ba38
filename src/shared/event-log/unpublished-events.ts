import { prepared, type Queryable, type Transaction } from '../postgres/queryable';
import { type StoredEvent } from './event';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './read-events';

/**
 * An event that waits to be sent to its queue. Its state is one of these:
 *
 * - fresh: it was not sent yet, or only while its queue accepted nothing;
 * - to be retried: it was refused, or a queue did not answer for it, and it has a time at which it is sent again;
 * - held: an older event of its order is to be retried. It becomes fresh once that event is published.
 */
export interface WaitingEvent extends StoredEvent {
  /** The oldest waiting event of its order: this one, or another that must be sent first. */
  headId: string;
  /** How often a queue has refused it, or did not answer when it was sent alone; null for a fresh event. */
  attempts: number | null;
}

export interface HeadsQuery {
  /** The maximum number of fresh events. */
  limit: number;
  /** The maximum number of due events to be retried. */
  retries: number;
  /** Only fresh events with a greater `seq` are read: a starting point, which does not mean that all earlier events were sent. */
  after?: string;
  /** Queues whose events are skipped. */
  exceptQueues?: readonly string[];
}

/**
 * Locks, per order, the oldest event that waits to be sent: the head of its group. Heads that another relay has locked are skipped, and
 * the events behind them do not become heads, so that parallel relays never reorder the events of an order. Fresh events behind an older
 * one that is to be retried are returned too, so that the caller can hold them: each is returned only once, however many there are.
 *
 * Do not use a cursor over `seq` here: of two transactions the one with the later number can commit first, and the cursor would skip the
 * earlier one forever.
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
 * The partial indexes hold few live entries and many of recently published events. Only a plain index scan marks those so that the next
 * scan skips them; the bitmap scan that transactions switch off would visit them again until the next vacuum.
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
 * Schedules sent events of one type to be sent again, each under a new deduplication id. Events that still wait are left unchanged: they
 * are not lost. After each repeat the waiting time doubles, up to 64 times: an event that is only late, behind a long queue, must not
 * make the queue longer.
 *
 * @param afterSeconds how long ago an event must have been sent before its first repeat
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

/** Counts all waiting events: fresh, to be retried, or held. */
export async function countUnpublished(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM events WHERE published_at IS NULL AND queue IS NOT NULL',
  );
  return rows[0]?.count ?? 0;
}

/**
 * How many seconds ago the oldest fresh or refused event of a queue happened; null when none waits. Held events are ignored: the event
 * before them happened earlier.
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
