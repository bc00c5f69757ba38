import { randomUUID } from 'node:crypto';
import { type Envelope } from '../contracts/messages';
import { childTraceparent, currentContext } from '../observability/context';

/** Who caused a change, and the ids by which it can be traced. */
export interface Origin {
  /** The client id, or the name of the service. */
  actor: string;
  correlationId: string;
  /** W3C Trace Context. */
  traceparent: string;
}

/** An event of one order, named in the past tense, before it is written to the log. */
export interface NewEvent {
  eventId: string;
  orderId: string;
  /** 1, 2, 3… per order within this service's log. */
  version: number;
  type: string;
  payload: unknown;
  occurredAt: Date;
  /** The queue that the event is sent to; null when it stays in this service. */
  queue: string | null;
}

/** An event with its origin. */
export type LoggedEvent = NewEvent & Origin;

export interface StoredEvent extends NewEvent, Origin {
  seq: string;
  publishedAt: Date | null;
  /** How often the event was deliberately sent again. */
  resends: number;
}

/** The origin of events that the current request or message causes; outside of both, an origin with new ids. */
export function originOf(actor: string): Origin {
  const context = currentContext();
  return {
    actor,
    correlationId: context?.correlationId ?? randomUUID(),
    traceparent: context?.traceparent ?? childTraceparent(),
  };
}

/** Converts an event to the message that is sent. */
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
 * The deduplication id of an event's message. SQS drops a repeat of an id for five minutes, so that a crash between send and mark is
 * harmless; a deliberate repeat needs a new id.
 */
export function deduplicationId(event: StoredEvent): string {
  return event.resends === 0 ? event.eventId : `${event.eventId}:${event.resends}`;
}
