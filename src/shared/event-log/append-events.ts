import { VALIDATION_FAILED } from '../contracts/problem';
import { AppError } from '../errors';
import { prepared, type Transaction } from '../postgres/queryable';
import { MAX_PAYLOAD_BYTES, sendableLength } from '../queue/message-body';
import { type LoggedEvent } from './event';

/**
 * Writes events in the transaction of the changes that they tell of: neither exists without the other. One statement, however many
 * there are. A version that an order's log has already is a unique violation (SQLSTATE 23505).
 *
 * @throws AppError `invalid_input` for an event that no queue would take; then nothing is written.
 */
export function appendEvents(tx: Transaction, events: readonly LoggedEvent[]): void {
  if (events.length > 0) tx.send(APPEND_EVENTS, [eventRows(events)]);
}

/**
 * The same as part of a larger statement: what it changes and tells is atomic by itself.
 *
 * @param rows the parameter with the {@link eventRows}.
 * @param condition which of them, `e`, are written.
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
 * Events as the parameter of {@link insertEvents}.
 *
 * @throws AppError `invalid_input` for an event that no queue would take.
 */
export function eventRows(events: readonly LoggedEvent[]): string {
  const json = JSON.stringify(events.map(toRow));
  if (!areSurelySendable(json)) events.forEach(requireSendable);
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
 * Refuses an event that no queue would take, before it is written: else its order would be accepted and never go on.
 *
 * @throws AppError `invalid_input` naming the largest member of the payload, which is the member of the request that it comes from.
 */
export function requireSendable({ queue, payload }: LoggedEvent): void {
  if (queue === null) return;
  const bytes = sendableLength(JSON.stringify(payload));
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  const message = `must be shorter: the message about it would have ${bytes} bytes, of at most ${MAX_PAYLOAD_BYTES}`;
  throw new AppError(VALIDATION_FAILED, 'the message to the other service would be too large', {
    errors: [{ path: largestMember(payload), message }],
  });
}

/** The most bytes that one UTF-16 unit of JSON text has in a message: `\uXXXX`. */
const MOST_BYTES_PER_UNIT = 6;

/** Whether the JSON text of several events is so short that each of them is sendable. */
export const areSurelySendable = (json: string): boolean =>
  json.length * MOST_BYTES_PER_UNIT <= MAX_PAYLOAD_BYTES;

function largestMember(payload: unknown): string {
  const members = Object.entries(payload ?? {}).map(
    ([name, value]) => [name, sendableLength(JSON.stringify(value) ?? '')] as const,
  );
  return members.reduce((largest, member) => (member[1] > largest[1] ? member : largest), ['', 0])[0];
}
