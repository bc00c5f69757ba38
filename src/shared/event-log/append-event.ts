import { type Transaction } from '../postgres/queryable';
import { type NewEvent, type Origin } from './event';

/**
 * Writes an event in the transaction of the change that it tells of: neither exists without the other.
 * A version that the order's log has already is a unique violation (SQLSTATE 23505).
 */
export async function appendEvent(tx: Transaction, event: NewEvent, origin: Origin): Promise<void> {
  await tx.query(
    `INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      event.eventId,
      event.orderId,
      event.version,
      event.type,
      JSON.stringify(event.payload),
      origin.actor,
      origin.correlationId,
      origin.traceparent,
      event.occurredAt,
      event.queue,
    ],
  );
}
