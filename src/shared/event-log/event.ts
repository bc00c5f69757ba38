import { randomUUID } from 'node:crypto';
import { type Envelope, toMessagePayload } from '../contracts/messages';
import { childTraceparent, currentContext } from '../observability/context';

/** Who caused a change, and the ids by which it can be traced. */
export interface Origin {
  /** The client id, or the name of the service. */
  actor: string;
  correlationId: string;
  /** W3C Trace Context. */
  traceparent: string;
}

/** An event of one subject, named in the past tense, before it is written to the log. */
export interface NewEvent {
  eventId: string;
  /** The kind of thing that changed, for example `order`. */
  subjectType: string;
  subjectId: string;
  /** The client that owns the subject; the actor of the event can be another. */
  owner: string;
  /** 1, 2, 3… per subject within this service's log. */
  version: number;
  type: string;
  /** Every member that the step changed; {@link toMessagePayload} gives the members that the message contains. */
  payload: unknown;
  occurredAt: Date;
  /** The queue that the event is sent to; null when it stays in this service. */
  queue: string | null;
}

/** An event with its origin. */
export type LoggedEvent = NewEvent & Origin;

/** An event as the log has it. */
export interface StoredEvent extends Omit<NewEvent, 'queue'>, Origin {
  /** A bigint as text. */
  seq: string;
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

/** Converts an event of an order to the message that is sent. */
export function toEnvelope(event: StoredEvent): Envelope {
  return {
    id: event.eventId,
    type: event.type,
    schema_version: 1,
    order_id: event.subjectId,
    version: event.version,
    occurred_at: event.occurredAt.toISOString(),
    correlation_id: event.correlationId,
    traceparent: event.traceparent,
    payload: toMessagePayload(event.payload),
  };
}

/**
 * The deduplication id of an event's message. SQS drops a repeat of an id for five minutes, so that a crash between send and mark is
 * harmless; a deliberate repeat needs a new id.
 *
 * @param resend 0 for the first message of the event, 1, 2, 3… for deliberate repeats.
 */
export function deduplicationId({ eventId }: StoredEvent, resend: number): string {
  return resend === 0 ? eventId : `${eventId}:${resend}`;
}
