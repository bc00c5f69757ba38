import { VALIDATION_FAILED } from '../contracts/problem';
import { AppError } from '../errors';
import { prepared, type Transaction } from '../postgres/queryable';
import { MAX_PAYLOAD_BYTES, sendableLength } from '../queue/message-body';
import { type LoggedEvent } from './event';

/** The maximum number of bytes of one UTF-16 unit of JSON text in a message: `\uXXXX`. */
const MAX_BYTES_PER_UNIT = 6;

/**
 * Writes events in the transaction of the changes that they record: neither exists without the other. Uses one statement for any number
 * of events. A version that the order's log already has is a unique violation (SQLSTATE 23505).
 *
 * @throws AppError `invalid_input` for an event that no queue would accept; then nothing is written.
 */
export function appendEvents(tx: Transaction, events: readonly LoggedEvent[]): void {
  if (events.length > 0) tx.send(APPEND_EVENTS, [eventRows(events)]);
}

/**
 * The same as part of a larger statement, which changes rows and writes their events atomically.
 *
 * @param rows the parameter that holds the {@link eventRows}.
 * @param condition which of the rows, aliased `e`, are written.
 */
export const insertEvents = (rows: string, condition = 'true'): string =>
  `INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue)
   SELECT event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue
     FROM json_to_recordset(${rows}::json)
          AS e (event_id uuid, order_id uuid, version int, type text, payload jsonb, actor text, correlation_id text,
                traceparent text, occurred_at timestamptz, queue text)
    WHERE ${condition}`;

const APPEND_EVENTS = prepared('append-events', insertEvents('$1'));

/**
 * Converts events to the parameter of {@link insertEvents}.
 *
 * @throws AppError `invalid_input` for an event that no queue would accept.
 */
export function eventRows(events: readonly LoggedEvent[]): string {
  const json = JSON.stringify(events.map(toRow));
  if (!areShortEnough(json)) events.forEach(requireSendable);
  return json;
}

const toRow = (event: LoggedEvent) => ({
  event_id: event.eventId,
  order_id: event.orderId,
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
function requireSendable({ queue, payload }: LoggedEvent): void {
  if (queue === null) return;
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
