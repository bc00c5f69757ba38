import { prepared } from '../postgres/prepared';
import { type Queryable, type Transaction } from '../postgres/queryable';
import { type StoredEvent } from './event';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './read-events';

/**
 * Locks, per order, the oldest event that waits to be sent: the head of its group. Heads that another relay holds are skipped,
 * and the event behind a held head is no head, so several relays side by side never reorder an order.
 *
 * A cursor over `seq` would be wrong here: of two transactions the later number can commit first, and the cursor would pass
 * over the earlier one for ever.
 */
export async function lockHeads(
  tx: Transaction,
  limit: number,
  except: readonly string[] = [],
): Promise<StoredEvent[]> {
  const { rows } = await tx.query<EventRow>(LOCK_HEADS, [limit, except]);
  return rows.map(toStoredEvent);
}

/**
 * The partial indexes hold little that is alive and much that was published a moment ago. Only a plain index scan leaves that out the
 * next time; the bitmap scan that transactions switch off would visit it again and again until the next vacuum.
 */
const LOCK_HEADS = prepared(
  'lock-heads',
  `SELECT ${EVENT_COLUMNS}
     FROM events e
    WHERE e.published_at IS NULL AND e.queue IS NOT NULL
      AND e.event_id <> ALL ($2::uuid[])
      AND NOT EXISTS (
            SELECT 1 FROM events older
             WHERE older.published_at IS NULL AND older.queue IS NOT NULL
               AND older.order_id = e.order_id AND older.version < e.version)
    ORDER BY e.seq
    LIMIT $1
      FOR UPDATE OF e SKIP LOCKED`,
);

export function markPublished(tx: Transaction, eventIds: readonly string[]): void {
  tx.send(MARK_PUBLISHED, [eventIds]);
}

const MARK_PUBLISHED = prepared(
  'mark-published',
  'UPDATE events SET published_at = now() WHERE event_id = ANY ($1::uuid[])',
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
): Promise<string[]> {
  const { rows } = await db.query<{ order_id: string }>(
    `UPDATE events SET published_at = NULL, resends = resends + 1
      WHERE order_id = ANY ($1::uuid[]) AND type = $2 AND queue IS NOT NULL
        AND published_at <= now() - make_interval(secs => $3::float8 * (1 << least(resends, 6)))
      RETURNING order_id`,
    [orderIds, type, afterSeconds],
  );
  return rows.map((row) => row.order_id);
}

export async function countUnpublished(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM events WHERE published_at IS NULL AND queue IS NOT NULL',
  );
  return rows[0]?.count ?? 0;
}

/** How many seconds ago the first event in line for a queue happened; null when none waits. */
export async function oldestUnpublishedAge(db: Queryable, queue: string): Promise<number | null> {
  const { rows } = await db.query<{ age: number }>(
    `SELECT greatest(0, extract(epoch FROM now() - occurred_at))::float8 AS age
       FROM events
      WHERE published_at IS NULL AND queue = $1
      ORDER BY seq
      LIMIT 1`,
    [queue],
  );
  return rows[0]?.age ?? null;
}
