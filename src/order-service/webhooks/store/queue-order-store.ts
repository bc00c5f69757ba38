import { commitSignal, preparedByKey, type Transaction } from '../../../shared/postgres/queryable';
import { type FannedEvent, type RecordedDelivery } from '../domain/delivery';
import { columnsOf, EVENTS, RECEIVES } from './queue-insert-store';

/** Given after a commit that made deliveries due. */
export const WEBHOOKS_DUE = commitSignal('webhooks due');

/** Subjects of one endpoint. */
export interface Subjects {
  endpointId: string;
  subjectIds: readonly string[];
}

/**
 * Adds events to the queue of one endpoint, if it receives their types; events that wait already are not added. Of each subject, the lowest
 * version goes first, also before a later one that waits for its next attempt. Events that were sent before continue the numbers of their
 * attempts. The fan-out must be locked.
 *
 * @returns the number of added deliveries.
 */
export async function enqueueForOne(
  tx: Transaction,
  endpointId: string,
  events: readonly FannedEvent[],
): Promise<number> {
  if (events.length === 0) return 0;
  const subjects = { endpointId, subjectIds: [...new Set(events.map(({ subjectId }) => subjectId))] };
  lockSubjects(tx, subjects);
  const added = tx.query(ENQUEUE_FOR_ONE, [...columnsOf(events), endpointId]);
  arrangeSubjects(tx, subjects, { isNow: false });
  return (await added).rowCount ?? 0;
}

const ENQUEUE_FOR_ONE = preparedByKey(
  'enqueue-webhooks-for-one',
  `INSERT INTO webhook_queue (endpoint_id, subject_id, version, event_id, type, attempt, due_at)
   SELECT e.endpoint_id, ev.subject_id, ev.version, ev.event_id, ev.type,
          coalesce((SELECT max(a.attempt) FROM webhook_attempts a WHERE a.endpoint_id = e.endpoint_id AND a.event_id = ev.event_id), 0),
          'infinity'
     FROM ${EVENTS} JOIN webhook_endpoints e ON e.endpoint_id = $7 AND e.client_id = ev.owner AND ${RECEIVES}
    ORDER BY ev.subject_id, ev.version
   ON CONFLICT (endpoint_id, subject_id, version) DO NOTHING`,
);

/** Locks the deliveries of subjects, so that none of them is finished or taken until {@link arrangeSubjects} has been called. */
export function lockSubjects(tx: Transaction, { endpointId, subjectIds }: Subjects): void {
  tx.send(LOCK_SUBJECTS, [endpointId, subjectIds]);
}

const LOCK_SUBJECTS = preparedByKey(
  'lock-webhook-subjects',
  `SELECT version FROM webhook_queue WHERE endpoint_id = $1 AND subject_id = ANY ($2::uuid[])
    ORDER BY subject_id, version FOR UPDATE`,
);

/**
 * Makes the first delivery of each subject the one that has a time, unless a process is just sending one of them.
 *
 * @param isNow whether the first delivery is due now; otherwise it keeps the time that it may have.
 */
export function arrangeSubjects(
  tx: Transaction,
  { endpointId, subjectIds }: Subjects,
  { isNow }: { isNow: boolean },
): void {
  tx.send(ARRANGE_SUBJECTS, [endpointId, subjectIds, isNow]);
  tx.afterCommit(WEBHOOKS_DUE);
}

const ARRANGE_SUBJECTS = preparedByKey(
  'arrange-webhook-subjects',
  `WITH subjects AS MATERIALIZED (
     SELECT subject_id, min(version) AS first, bool_or(is_taken) AS is_busy
       FROM webhook_queue WHERE endpoint_id = $1 AND subject_id = ANY ($2::uuid[]) GROUP BY subject_id),
   arranged AS MATERIALIZED (
     SELECT q.subject_id, q.version,
            CASE WHEN s.is_busy OR q.version > s.first THEN 'infinity' WHEN $3 OR q.due_at = 'infinity' THEN now() ELSE q.due_at END AS due_at
       FROM subjects s JOIN webhook_queue q ON q.endpoint_id = $1 AND q.subject_id = s.subject_id AND NOT q.is_taken)
   UPDATE webhook_queue q SET due_at = a.due_at FROM arranged a
    WHERE q.endpoint_id = $1 AND q.subject_id = a.subject_id AND q.version = a.version AND q.due_at <> a.due_at`,
);

/** Puts a delivery that has ended into the queue again; {@link arrangeSubjects} must follow. One that waits stays as it is. */
export function requeueDelivery(tx: Transaction, delivery: RecordedDelivery): void {
  const { endpointId, subjectId, version, eventId, type, lastAttempt } = delivery;
  tx.send(
    `INSERT INTO webhook_queue (endpoint_id, subject_id, version, event_id, type, attempt, due_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'infinity') ON CONFLICT (endpoint_id, subject_id, version) DO NOTHING`,
    [endpointId, subjectId, version, eventId, type, lastAttempt?.attempt ?? 0],
  );
}
