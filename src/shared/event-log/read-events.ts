import { groupBy } from '../group-by';
import { byKey, type Queryable } from '../postgres/queryable';
import { type StoredEvent } from './event';

/** The columns of a {@link StoredEvent}, for a table aliased `e`. */
export const EVENT_COLUMNS = `e.seq, e.event_id, e.subject_type, e.subject_id, e.owner, e.version, e.type, e.payload, e.actor,
  e.correlation_id, e.traceparent, e.occurred_at`;

export interface EventRow {
  seq: string;
  event_id: string;
  subject_type: string;
  subject_id: string;
  owner: string;
  version: number;
  type: string;
  payload: unknown;
  actor: string;
  correlation_id: string;
  traceparent: string;
  occurred_at: Date;
}

/** A subject's events with a version above `after`, oldest first. */
export async function eventsOf(db: Queryable, subjectId: string, after = 0): Promise<StoredEvent[]> {
  const { rows } = await db.query<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.subject_id = $1 AND e.version > $2 ORDER BY e.version`,
    [subjectId, after],
  );
  return rows.map(toStoredEvent);
}

/** An event and the time of its last publication; null when no queue has accepted it, or it is not sent. */
export interface PublishedEvent extends StoredEvent {
  publishedAt: Date | null;
}

/** All events of a subject, oldest first, with the times of their publication. */
export async function eventsWithPublication(db: Queryable, subjectId: string): Promise<PublishedEvent[]> {
  const { rows } = await db.query<EventRow & { published_at: Date | null }>(
    `SELECT ${EVENT_COLUMNS},
            (SELECT p.published_at FROM publications p WHERE p.seq = e.seq ORDER BY p.resend DESC LIMIT 1) AS published_at
       FROM events e WHERE e.subject_id = $1 ORDER BY e.version`,
    [subjectId],
  );
  return rows.map((row) => ({ ...toStoredEvent(row), publishedAt: row.published_at }));
}

/** All events of the given subjects, grouped by their ids, oldest first. */
export async function eventsOfEach(
  db: Queryable,
  subjectIds: readonly string[],
): Promise<Map<string, StoredEvent[]>> {
  const { rows } = await db.query<EventRow>(
    byKey(
      `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.subject_id = ANY ($1::uuid[]) ORDER BY e.subject_id, e.version`,
    ),
    [subjectIds],
  );
  return groupBy(rows.map(toStoredEvent), ({ subjectId }) => subjectId);
}

/** The events with the given ids that are still in the log. */
export async function eventsById(db: Queryable, eventIds: readonly string[]): Promise<StoredEvent[]> {
  const { rows } = await db.query<EventRow>(
    byKey(`SELECT ${EVENT_COLUMNS} FROM events e WHERE e.event_id = ANY ($1::uuid[])`),
    [eventIds],
  );
  return rows.map(toStoredEvent);
}

/** The correlation ids of the first events of the given subjects, such as those of the requests that placed orders. */
export async function correlationIdsOf(
  db: Queryable,
  subjectIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await db.query<Pick<EventRow, 'subject_id' | 'correlation_id'>>(
    'SELECT subject_id, correlation_id FROM events WHERE subject_id = ANY ($1::uuid[]) AND version = 1',
    [subjectIds],
  );
  return new Map(rows.map((row) => [row.subject_id, row.correlation_id]));
}

export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    seq: row.seq,
    eventId: row.event_id,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    owner: row.owner,
    version: row.version,
    type: row.type,
    payload: row.payload,
    actor: row.actor,
    correlationId: row.correlation_id,
    traceparent: row.traceparent,
    occurredAt: row.occurred_at,
  };
}
