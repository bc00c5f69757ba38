import { toMessagePayload } from '../contracts/messages';
import { VALIDATION_FAILED } from '../contracts/problem';
import { AppError } from '../errors';
import { commitSignal, preparedInsert, type Transaction } from '../postgres/queryable';
import { MAX_PAYLOAD_BYTES, sendableLength } from '../queue/message-body';
import { type LoggedEvent } from './event';

/** Given after a commit that wrote events. */
export const EVENTS_WRITTEN = commitSignal('events written');

/** Given after a commit that wrote events to be sent. */
export const OUTBOX_WRITTEN = commitSignal('outbox written');

/** The maximum number of bytes of one UTF-16 unit of JSON text in a message: `\uXXXX`. */
const MAX_BYTES_PER_UNIT = 6;

/**
 * Writes events in the transaction of the changes that they record: neither exists without the other. Uses one statement for any number
 * of events, which also puts those that are sent into the outbox. After the commit the transaction gives {@link EVENTS_WRITTEN} and, if any
 * event is sent, {@link OUTBOX_WRITTEN}. A version that the subject's log already has is a unique violation (SQLSTATE 23505).
 *
 * @throws AppError `invalid_input` for an event that no queue would accept; then nothing is written.
 */
export function appendEvents(tx: Transaction, events: readonly LoggedEvent[]): void {
  if (events.length === 0) return;
  tx.send(APPEND_EVENTS, [eventRows(events)]);
  tx.afterCommit(EVENTS_WRITTEN);
  if (events.some(({ queue }) => queue !== null)) tx.afterCommit(OUTBOX_WRITTEN);
}

/**
 * The transaction gets its id before the first value of `seq`: the sequencer of the event feed relies on this order. `order_id` is for the
 * previous version, which reads the events of an order by it.
 */
const APPEND_EVENTS = preparedInsert(
  'append-events',
  `WITH own AS MATERIALIZED (SELECT pg_current_xact_id() AS xid),
   entries AS MATERIALIZED (
     SELECT nextval('events_seq_seq') AS seq, e.*
       FROM own CROSS JOIN json_to_recordset($1::json)
            AS e (event_id uuid, subject_type text, subject_id uuid, owner text, version int, type text, payload jsonb, actor text,
                  correlation_id text, traceparent text, occurred_at timestamptz, queue text)
      WHERE own.xid IS NOT NULL),
   logged AS (
     INSERT INTO events (seq, event_id, subject_type, subject_id, owner, order_id, version, type, payload, actor, correlation_id,
                         traceparent, occurred_at)
     OVERRIDING SYSTEM VALUE
     SELECT seq, event_id, subject_type, subject_id, owner, CASE WHEN subject_type = 'order' THEN subject_id END, version, type,
            payload, actor, correlation_id, traceparent, occurred_at
       FROM entries)
   INSERT INTO outbox (seq, subject_id, version, queue)
   SELECT seq, subject_id, version, queue FROM entries WHERE queue IS NOT NULL`,
);

function eventRows(events: readonly LoggedEvent[]): string {
  const json = JSON.stringify(events.map(toRow));
  if (!areShortEnough(json)) events.forEach(requireSendable);
  return json;
}

const toRow = (event: LoggedEvent) => ({
  event_id: event.eventId,
  subject_type: event.subjectType,
  subject_id: event.subjectId,
  owner: event.owner,
  version: event.version,
  type: event.type,
  payload: event.payload,
  actor: event.actor,
  correlation_id: event.correlationId,
  traceparent: event.traceparent,
  occurred_at: event.occurredAt,
  queue: event.queue,
});

/**
 * Refuses an event that no queue would accept before it is written; otherwise its order would be accepted and never processed.
 *
 * @throws AppError `invalid_input` with the name of the largest member of the payload, which is the member of the request that it comes
 * from.
 */
function requireSendable({ queue, payload: logged }: LoggedEvent): void {
  if (queue === null) return;
  const payload = toMessagePayload(logged);
  const bytes = sendableLength(JSON.stringify(payload));
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  const message = `must be shorter: the message would have ${bytes} bytes; the limit is ${MAX_PAYLOAD_BYTES}`;
  throw new AppError(VALIDATION_FAILED, 'the message to the other service would be too large', {
    errors: [{ path: largestMember(payload), message }],
  });
}

/** Whether the JSON text of several events is so short that each of them can be sent. */
const areShortEnough = (json: string): boolean => json.length * MAX_BYTES_PER_UNIT <= MAX_PAYLOAD_BYTES;

function largestMember(payload: unknown): string {
  const members = Object.entries(payload ?? {}).map(
    ([name, value]) => [name, sendableLength(JSON.stringify(value) ?? '')] as const,
  );
  return members.reduce((largest, member) => (member[1] > largest[1] ? member : largest), ['', 0])[0];
}
