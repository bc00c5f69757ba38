import { type Envelope } from '../contracts/envelope';
import { type StoredEvent } from './event';

/** The message that tells others of an event. */
export function toEnvelope(event: StoredEvent): Envelope {
  return {
    id: event.eventId,
    type: event.type,
    schema_version: 1,
    order_id: event.orderId,
    version: event.version,
    occurred_at: event.occurredAt.toISOString(),
    correlation_id: event.correlationId,
    traceparent: event.traceparent,
    payload: event.payload,
  };
}

/**
 * What a queue is told about repeats: SQS swallows the same id for five minutes, so a crash between send and mark is harmless,
 * and a deliberate repeat needs a new one.
 */
export function deduplicationId(event: StoredEvent): string {
  return event.resends === 0 ? event.eventId : `${event.eventId}:${event.resends}`;
}
