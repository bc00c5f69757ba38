import { preparedByKey, type Queryable, type Transaction } from '../postgres/queryable';
import { OUTBOX_WRITTEN } from './append-events';
import { type StoredEvent } from './event';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './read-events';

/**
 * An event that waits in the outbox. Its state is one of these:
 *
 * - fresh: it was not sent yet, or only while its queue accepted nothing;
 * - to be retried: it was refused, or a queue did not answer for it, and it has a time at which it is sent again;
 * - held: an older event of its subject is to be retried. It becomes fresh once that event is sent or dropped.
 */
export interface WaitingEvent extends StoredEvent {
  queue: string;
  /** 0 for the first message of the event; 1, 2, 3… for deliberate repeats. */
  resend: number;
  /** Where it stands in the outbox: a bigint as text. */
  position: string;
  /** The version of the oldest waiting event of its subject: this one, or another that must be sent first. */
  headVersion: number;
  /** How often a queue has refused it, or did not answer when it was sent alone; null for a fresh event. */
  attempts: number | null;
}

/** Identifies a row of the outbox. */
export type OutboxKey = Pick<StoredEvent, 'subjectId' | 'version'>;

export interface HeadsQuery {
  /** The maximum number of fresh events. */
  limit: number;
  /** The maximum number of due events to be retried. */
  retries: number;
  /** Only fresh events behind this position are read: a starting point, which does not mean that all earlier events were sent. */
  after?: string;
  /** Queues whose events are skipped. */
  exceptQueues?: readonly string[];
}

/**
 * Locks, per subject, the oldest event that waits to be sent: the head of its group. Heads that another relay has locked are skipped, and
 * the events behind them do not become heads, so that parallel relays never reorder the events of a subject. Fresh events behind an older
 * one that is to be retried are returned too, so that the caller can hold them: each is returned only once, however many there are.
 *
 * Do not use a cursor over the position here: of two transactions the one with the later number can commit first, and the cursor would
 * skip the earlier one forever.
 */
export async function lockHeads(tx: Transaction, query: HeadsQuery): Promise<WaitingEvent[]> {
  const { limit, retries, after = '0', exceptQueues = [] } = query;
  const { rows } = await tx.query<WaitingRow>(LOCK_HEADS, [limit, retries, after, exceptQueues]);
  return rows.map((row) => ({
    ...toStoredEvent(row),
    queue: row.queue,
    resend: row.resend,
    position: row.position,
    headVersion: row.head_version,
    attempts: row.attempts,
  }));
}

interface WaitingRow extends EventRow {
  queue: string;
  resend: number;
  position: string;
  head_version: number;
  attempts: number | null;
}

const WAITING_COLUMNS = 'o.seq, o.queue, o.resend, o.position, o.attempts, head.version AS head_version';

const HEAD_OF_ITS_SUBJECT = `
     CROSS JOIN LATERAL (
            SELECT oldest.version, oldest.next_attempt_at FROM outbox oldest
             WHERE oldest.subject_id = o.subject_id
             ORDER BY oldest.version
             LIMIT 1) head`;

/**
 * The indexes hold few live entries and many of deleted rows. Only a plain index scan marks those so that the next scan skips them; a
 * bitmap scan would visit them again until the next vacuum.
 */
const LOCK_HEADS = preparedByKey(
  'lock-heads',
  `WITH fresh AS (
   SELECT ${WAITING_COLUMNS}
     FROM outbox o ${HEAD_OF_ITS_SUBJECT}
    WHERE o.next_attempt_at IS NULL AND o.position > $3 AND o.queue <> ALL ($4::text[])
      AND (head.version = o.version OR head.next_attempt_at IS NOT NULL)
    ORDER BY o.position
    LIMIT $1
      FOR UPDATE OF o SKIP LOCKED),
   due AS (
   SELECT ${WAITING_COLUMNS}
     FROM outbox o ${HEAD_OF_ITS_SUBJECT}
    WHERE o.attempts IS NOT NULL AND o.next_attempt_at <= now() AND o.queue <> ALL ($4::text[])
    ORDER BY o.next_attempt_at
    LIMIT $2
      FOR UPDATE OF o SKIP LOCKED)
   SELECT ${EVENT_COLUMNS}, w.queue, w.resend, w.position, w.attempts, w.head_version
     FROM (SELECT * FROM fresh UNION ALL SELECT * FROM due) AS w
     JOIN events e ON e.seq = w.seq`,
);

/** Deletes events from the outbox that the transaction has locked, because their queue has accepted them. */
export function markPublished(tx: Transaction, keys: readonly OutboxKey[]): void {
  tx.send(MARK_PUBLISHED, keysOf(keys));
}

const MARK_PUBLISHED = preparedByKey(
  'mark-published',
  `WITH sent AS (
   DELETE FROM outbox o USING unnest($1::uuid[], $2::int[]) AS k (subject_id, version)
    WHERE o.subject_id = k.subject_id AND o.version = k.version
   RETURNING o.seq, o.resend)
   INSERT INTO publications (seq, resend, published_at) SELECT seq, resend, now() FROM sent
   ON CONFLICT DO NOTHING`,
);

/** The parameters `$1::uuid[], $2::int[]` of a statement about rows of the outbox. */
export const keysOf = (keys: readonly OutboxKey[]): [string[], number[]] => [
  keys.map(({ subjectId }) => subjectId),
  keys.map(({ version }) => version),
];

/** Which events are sent again. */
export interface Resend {
  subjectIds: readonly string[];
  type: string;
  queue: string;
  /** How long ago an event must have been sent before its first repeat, in seconds. */
  afterSeconds: number;
}

/**
 * Puts published events of one type into the outbox again, each under a new deduplication id. Events that still wait are left unchanged:
 * they are not lost. So are those that an operator has dropped. After each repeat the waiting time doubles, up to 64 times: an event that
 * is only late, behind a long queue, must not make the queue longer.
 */
export async function resendEvents(tx: Transaction, resend: Resend): Promise<ResentEvent[]> {
  const { rows } = await tx.query<Pick<EventRow, 'subject_id' | 'event_id' | 'correlation_id'>>(
    `WITH due AS MATERIALIZED (
     SELECT e.seq, e.subject_id, e.version, e.event_id, e.correlation_id, last.resend
       FROM events e
       CROSS JOIN LATERAL (
            SELECT p.resend, p.published_at FROM publications p WHERE p.seq = e.seq ORDER BY p.resend DESC LIMIT 1) last
      WHERE e.subject_id = ANY ($1::uuid[]) AND e.type = $2
        AND last.published_at <= now() - make_interval(secs => $4::float8 * (1 << least(last.resend, 6)))
        AND NOT EXISTS (SELECT FROM dropped_events d WHERE d.seq = e.seq)
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.subject_id = e.subject_id AND o.version = e.version)
      ORDER BY e.subject_id, e.version),
     queued AS (
     INSERT INTO outbox (seq, subject_id, version, queue, resend)
     SELECT seq, subject_id, version, $3, resend + 1 FROM due
     ON CONFLICT DO NOTHING
     RETURNING seq)
     SELECT subject_id, event_id, correlation_id FROM due WHERE seq IN (SELECT seq FROM queued)`,
    [resend.subjectIds, resend.type, resend.queue, resend.afterSeconds],
  );
  if (rows.length > 0) tx.afterCommit(OUTBOX_WRITTEN);
  return rows.map((row) => ({
    subjectId: row.subject_id,
    eventId: row.event_id,
    correlationId: row.correlation_id,
  }));
}

export type ResentEvent = Pick<StoredEvent, 'subjectId' | 'eventId' | 'correlationId'>;

/** Counts all waiting events: fresh, to be retried, or held. */
export async function countUnpublished(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>('SELECT count(*)::int AS count FROM outbox');
  return rows[0]?.count ?? 0;
}

/**
 * How many seconds ago the oldest fresh or refused event of a queue happened; null when none waits. Held events are ignored: the event
 * before them happened earlier.
 */
export async function oldestUnpublishedAge(db: Queryable, queue: string): Promise<number | null> {
  const { rows } = await db.query<{ age: number | null }>(
    `SELECT CASE WHEN min(occurred_at) IS NOT NULL THEN greatest(0, extract(epoch FROM now() - min(occurred_at))) END::float8 AS age
       FROM events
      WHERE seq IN ((SELECT seq FROM outbox WHERE next_attempt_at IS NULL AND queue = $1 ORDER BY position LIMIT 1)
                    UNION ALL
                    (SELECT min(seq) FROM outbox WHERE attempts IS NOT NULL AND queue = $1))`,
    [queue],
  );
  return rows[0]?.age ?? null;
}
