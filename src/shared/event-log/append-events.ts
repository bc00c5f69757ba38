import { prepared } from '../postgres/prepared';
import { type Transaction } from '../postgres/queryable';
import { type LoggedEvent } from './event';
import { areSurelySendable, requireSendable } from './require-sendable';

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
