import { preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type Enqueued, type FannedEvent, type Room } from '../domain/delivery';
import { type TakenRow, toTaken } from './taken-row';

/**
 * Adds the events to the queues of the endpoints that receive them, and takes as many as there is room for. Must follow `moveFanOut` in the
 * transaction; adds nothing when the token is not found. The transaction ends with it.
 *
 * @param events in the order of the feed.
 */
export async function enqueueForAll(
  tx: Transaction,
  events: readonly FannedEvent[],
  { token, room }: { token: string; room: Room },
): Promise<Enqueued> {
  const { rows } = await tx.queryLast<TakenRow & { is_taken: boolean }>(ENQUEUE_FOR_ALL, [
    ...columnsOf(events),
    token,
    room.usual,
    [...room.exceptions.keys()],
    [...room.exceptions.values()],
    room.total,
    room.leaseMs,
  ]);
  return {
    taken: rows.filter((row) => row.is_taken).map(toTaken),
    withMore: [...new Set(rows.filter((row) => !row.is_taken).map((row) => row.endpoint_id))],
  };
}

/** Events, from the parameters that {@link columnsOf} returns. */
export const EVENTS =
  'unnest($1::bigint[], $2::text[], $3::uuid[], $4::int[], $5::uuid[], $6::text[]) AS ev (position, owner, subject_id, version, event_id, type)';
/** Whether the endpoint `e` receives the event. */
export const RECEIVES = "(e.event_types = '{}' OR ev.type = ANY (e.event_types))";

/**
 * Which entries are the first of their subjects, without a waiting delivery before them. The lock makes the statement wait for a transaction
 * that is just finishing the last delivery of a subject: either that transaction then sees the new delivery behind it, or this statement sees
 * that nothing waits any more. Both lock in the order of endpoints and subjects.
 */
const PLACED = `placed AS MATERIALIZED (
     SELECT n.*, n.nth = 1 AND (
              SELECT q.version FROM webhook_queue q
               WHERE q.endpoint_id = n.endpoint_id AND q.subject_id = n.subject_id
               ORDER BY q.version DESC LIMIT 1 FOR KEY SHARE) IS NULL AS is_first
       FROM (SELECT entries.*, row_number() OVER (PARTITION BY endpoint_id, subject_id ORDER BY version) AS nth FROM entries
              ORDER BY endpoint_id, subject_id, version) AS n)`;

const ENQUEUE_FOR_ALL = preparedByKey(
  'enqueue-webhooks-for-all',
  `WITH entries AS MATERIALIZED (
     SELECT e.endpoint_id, ev.subject_id, ev.version, ev.event_id, ev.type,
            CASE WHEN e.paused_until IS NULL THEN coalesce(x.room, $8::int) ELSE 0 END AS room
       FROM webhook_fan_out o
            CROSS JOIN ${EVENTS}
            JOIN webhook_endpoints e ON e.client_id = ev.owner
            LEFT JOIN unnest($9::uuid[], $10::int[]) AS x (endpoint_id, room) ON x.endpoint_id = e.endpoint_id
      WHERE o.is_only AND o.moved_by = $7 AND e.enabled AND NOT e.is_behind AND ev.position > e.cursor_position AND ${RECEIVES}),
   ${PLACED},
   ranked AS (
     SELECT p.*, row_number() OVER (PARTITION BY endpoint_id, is_first ORDER BY event_id) AS rank FROM placed p),
   chosen AS (
     SELECT r.*, is_first AND rank <= room AND
                 row_number() OVER (PARTITION BY is_first, rank <= room ORDER BY rank, endpoint_id) <= $11::int AS is_chosen
       FROM ranked r),
   added AS (
     INSERT INTO webhook_queue (endpoint_id, subject_id, version, event_id, type, attempt, is_taken, due_at)
     SELECT endpoint_id, subject_id, version, event_id, type, is_chosen::int, is_chosen,
            CASE WHEN is_chosen THEN now() + make_interval(secs => $12::float8 / 1000) WHEN is_first THEN now() ELSE 'infinity' END
       FROM chosen ORDER BY endpoint_id, subject_id, version
     ON CONFLICT (endpoint_id, subject_id, version) DO NOTHING
     RETURNING endpoint_id, subject_id, version, event_id, type, attempt, tries, is_taken, due_at)
   SELECT a.endpoint_id, a.subject_id, a.version, a.event_id, a.type, a.attempt, a.tries, a.is_taken,
          e.version AS endpoint_version, e.consecutive_failures > 0 AS is_failing
     FROM added a JOIN webhook_endpoints e ON e.endpoint_id = a.endpoint_id
    WHERE a.due_at < 'infinity'`,
);

export const columnsOf = (events: readonly FannedEvent[]): unknown[] => [
  events.map(({ position }) => position),
  events.map(({ owner }) => owner),
  events.map(({ subjectId }) => subjectId),
  events.map(({ version }) => version),
  events.map(({ eventId }) => eventId),
  events.map(({ type }) => type),
];
