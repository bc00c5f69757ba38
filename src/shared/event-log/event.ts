import { randomUUID } from 'node:crypto';
import { type Envelope } from '../contracts/messages';
import { childTraceparent, currentContext } from '../observability/context';

/** Who caused a step, and the threads to follow it by. */
export interface Origin {
  /** The client id, or the service that acted. */
  actor: string;
  correlationId: string;
  /** W3C Trace Context. */
  traceparent: string;
}

/** A past-tense fact about one order, before it is written down. */
export interface NewEvent {
  eventId: string;
  orderId: string;
  /** 1, 2, 3… per order within this service's log. */
  version: number;
  type: string;
  payload: unknown;
  occurredAt: Date;
  /** The queue it is to be sent to; null for a fact that stays in this service. */
  queue: string | null;
}

/** An event, and who caused it. */
export type LoggedEvent = NewEvent & Origin;

export interface StoredEvent extends NewEvent, Origin {
  seq: string;
  publishedAt: Date | null;
  /** How often it was deliberately sent again. */
  resends: number;
}

/** The origin of what the current request or message causes; outside of both, a thread of its own. */
export function originOf(actor: string): Origin {
  const context = currentContext();
  return {
    actor,
    correlationId: context?.correlationId ?? randomUUID(),
    traceparent: context?.traceparent ?? childTraceparent(),
  };
}

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
