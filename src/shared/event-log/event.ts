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
