import { type Logger } from '../observability/logger';
import { type Database, type Queryable, type Transaction } from '../postgres/queryable';
import { declareCrashPoint } from '../resilience/crash-point';
import { OUTBOX_WRITTEN } from './append-events';
import { releaseHeld } from './refused-events';

const crashBeforeDrop = declareCrashPoint('drop-refused.before-commit');

/** How many events one transaction drops or makes due. */
const BATCH = 1_000;

/** An event that a queue has refused. */
export interface RefusedEvent {
  /** Its position in the log: a bigint as text. */
  seq: string;
  eventId: string;
  subjectType: string;
  subjectId: string;
  version: number;
  type: string;
  correlationId: string;
  queue: string;
  attempts: number;
  lastError: string | null;
  nextAttemptAt: Date;
  occurredAt: Date;
  /** The later events of its subject that wait for it. */
  heldEvents: number;
}

/** Reads refused events behind a position of the log, in the order of the log. */
export async function listRefusedEvents(
  db: Queryable,
  afterSeq: string,
  limit: number,
): Promise<RefusedEvent[]> {
  const { rows } = await db.query<RefusedRow>(
    `SELECT ${REFUSED_COLUMNS},
            (SELECT count(*)::int FROM outbox held
              WHERE held.subject_id = o.subject_id AND held.version > o.version) AS held_events
       FROM outbox o JOIN events e USING (seq)
      WHERE o.attempts > 0 AND o.seq > $1
      ORDER BY o.seq
      LIMIT $2`,
    [afterSeq, limit],
  );
  return rows.map(toRefusedEvent);
}

export interface RefusedEventDependencies {
  db: Database;
  logger: Logger;
}

/**
 * Makes refused events due now; the relay sends each of them alone. The actor is logged.
 *
 * @param eventIds null: all refused events.
 * @returns how many. Events that are not refused, or that a relay is sending, are left out.
 */
export async function retryRefusedEvents(
  { db, logger }: RefusedEventDependencies,
  eventIds: readonly string[] | null,
  actor: string,
): Promise<number> {
  const { rows } = await db.query<{ due: string }>('SELECT now()::text AS due');
  let retried = 0;
  for (let isFull = true; isFull;) {
    const count = await db.transaction((tx) => retryBatch(tx, eventIds, rows[0]?.due));
    retried += count;
    isFull = count === BATCH;
  }
  if (retried > 0)
    logger.info('refused events retried', { actor, retried, ...(eventIds && { event_ids: eventIds }) });
  return retried;
}

/** @param due the new time of the next attempt; rows that have it are not chosen again. */
async function retryBatch(
  tx: Transaction,
  eventIds: readonly string[] | null,
  due: string | undefined,
): Promise<number> {
  const { rowCount } = await tx.query(
    `WITH chosen AS MATERIALIZED (
     SELECT o.subject_id, o.version FROM outbox o JOIN events e USING (seq)
      WHERE o.attempts > 0 AND o.next_attempt_at <> $2::timestamptz AND ($1::uuid[] IS NULL OR e.event_id = ANY ($1::uuid[]))
      LIMIT ${BATCH}
        FOR UPDATE OF o SKIP LOCKED)
     UPDATE outbox o SET next_attempt_at = $2::timestamptz FROM chosen
      WHERE o.subject_id = chosen.subject_id AND o.version = chosen.version`,
    [eventIds, due],
  );
  if (rowCount) tx.afterCommit(OUTBOX_WRITTEN);
  return rowCount ?? 0;
}

/**
 * Takes refused events out of the outbox: they are never sent, and the reconciler does not send them again. They stay in the log. The later
 * events of their subjects no longer wait. Each drop is logged with its actor.
 *
 * @param eventIds null: all refused events.
 * @returns how many. Events that are not refused, or that a relay is sending, are left out.
 */
export async function dropRefusedEvents(
  { db, logger }: RefusedEventDependencies,
  eventIds: readonly string[] | null,
  actor: string,
): Promise<number> {
  let dropped = 0;
  for (let isFull = true; isFull;) {
    const batch = await db.transaction((tx) => dropBatch(tx, eventIds, actor));
    for (const event of batch) logDropped(logger, event, actor);
    dropped += batch.length;
    isFull = batch.length === BATCH;
  }
  return dropped;
}

async function dropBatch(
  tx: Transaction,
  eventIds: readonly string[] | null,
  actor: string,
): Promise<RefusedEvent[]> {
  const { rows } = await tx.query<RefusedRow>(
    `WITH chosen AS MATERIALIZED (
     SELECT ${REFUSED_COLUMNS}, 0 AS held_events FROM outbox o JOIN events e USING (seq)
      WHERE o.attempts > 0 AND ($1::uuid[] IS NULL OR e.event_id = ANY ($1::uuid[]))
      LIMIT ${BATCH}
        FOR UPDATE OF o SKIP LOCKED),
     removed AS (
     DELETE FROM outbox o USING chosen WHERE o.subject_id = chosen.subject_id AND o.version = chosen.version),
     dropped AS (
     INSERT INTO dropped_events (seq, dropped_by, last_error) SELECT seq, $2, last_error FROM chosen ON CONFLICT DO NOTHING)
     SELECT * FROM chosen`,
    [eventIds, actor],
  );
  const dropped = rows.map(toRefusedEvent);
  if (dropped.length === 0) return dropped;
  releaseHeld(
    tx,
    dropped.map(({ subjectId }) => subjectId),
  );
  tx.afterCommit(OUTBOX_WRITTEN);
  crashBeforeDrop();
  return dropped;
}

/** Those of these subjects whose event of that type an operator has dropped. */
export async function subjectsWithDropped(
  db: Queryable,
  subjectIds: readonly string[],
  type: string,
): Promise<Set<string>> {
  const { rows } = await db.query<{ subject_id: string }>(
    `SELECT e.subject_id FROM events e JOIN dropped_events d USING (seq)
      WHERE e.subject_id = ANY ($1::uuid[]) AND e.type = $2`,
    [subjectIds, type],
  );
  return new Set(rows.map((row) => row.subject_id));
}

function logDropped(logger: Logger, event: RefusedEvent, actor: string): void {
  logger.warn('refused event dropped', {
    order_id: event.subjectId,
    correlation_id: event.correlationId,
    event_id: event.eventId,
    type: event.type,
    version: event.version,
    queue: event.queue,
    attempts: event.attempts,
    error: event.lastError,
    actor,
  });
}

const REFUSED_COLUMNS = `o.seq, o.subject_id, o.version, o.queue, o.attempts, o.last_error, o.next_attempt_at, e.event_id, e.subject_type,
  e.type, e.correlation_id, e.occurred_at`;

interface RefusedRow {
  seq: string;
  subject_id: string;
  version: number;
  queue: string;
  attempts: number;
  last_error: string | null;
  next_attempt_at: Date;
  event_id: string;
  subject_type: string;
  type: string;
  correlation_id: string;
  occurred_at: Date;
  held_events: number;
}

const toRefusedEvent = (row: RefusedRow): RefusedEvent => ({
  seq: row.seq,
  eventId: row.event_id,
  subjectType: row.subject_type,
  subjectId: row.subject_id,
  version: row.version,
  type: row.type,
  correlationId: row.correlation_id,
  queue: row.queue,
  attempts: row.attempts,
  lastError: row.last_error,
  nextAttemptAt: row.next_attempt_at,
  occurredAt: row.occurred_at,
  heldEvents: row.held_events,
});
