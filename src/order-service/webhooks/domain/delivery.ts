/** An event that is sent to an endpoint. A subject is the order, the product, its stock, or the endpoint that a notice is about. */
export interface DeliveryKey {
  endpointId: string;
  subjectId: string;
  /** Of the subject: its events are sent one after the other, in the order of their versions. */
  version: number;
}

/** A delivery that this process has taken, and must settle. */
export interface TakenDelivery extends DeliveryKey {
  eventId: string;
  type: string;
  /** The number of this attempt. A result counts only while the delivery has the same number. */
  attempt: number;
  /** Earlier failed attempts since the delivery was queued. */
  tries: number;
  /** The version of the endpoint, so that a changed URL or secret is noticed. */
  endpointVersion: number;
  /** Whether the endpoint's last known attempt failed. */
  isEndpointFailing: boolean;
}

/** The answer to a request, or the reason why there was none. */
export type AttemptAnswer =
  | { kind: 'answered'; status: number; latencyMs: number; retryAfter: string | null; excerpt: string }
  | { kind: 'failed'; latencyMs: number; error: string };

/** The end of an attempt. */
export type Settlement =
  | { outcome: 'succeeded' | 'failed' }
  | { outcome: 'retried'; delayMs: number }
  /** No request was made: the delivery is sent again under the next number, and the schedule stays. */
  | { outcome: 'returned'; delayMs: number };

/** An attempt that has ended, with all that is recorded of it. */
export type SettledDelivery = TakenDelivery &
  Settlement & {
    attemptedAt: Date;
    latencyMs: number;
    httpStatus: number | null;
    error: string | null;
    excerpt: string | null;
  };

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** An event that may have to be sent to some endpoints. */
export interface FannedEvent {
  /** In the feed, as text. */
  position: string;
  owner: string;
  subjectId: string;
  version: number;
  eventId: string;
  type: string;
}

/** How many deliveries the process that adds them takes at once. */
export interface Room {
  /** Per endpoint. */
  usual: number;
  /** Endpoints with other room than that. */
  exceptions: ReadonlyMap<string, number>;
  /** For all endpoints together. */
  total: number;
  leaseMs: number;
}

export interface Enqueued {
  taken: TakenDelivery[];
  /** Endpoints with further deliveries that are due. */
  withMore: string[];
}

/** An attempt that has ended, as it is kept. */
export interface RecordedAttempt {
  /** Counts the attempts of the delivery; a number is missing when its process was ended. */
  attempt: number;
  attemptedAt: Date;
  latencyMs: number;
  httpStatus: number | null;
  error: string | null;
  excerpt: string | null;
  hasSucceeded: boolean;
}

/** A delivery, whether it waits or has ended. */
export interface RecordedDelivery extends DeliveryKey {
  eventId: string;
  type: string;
  status: DeliveryStatus;
  /** The number of attempts that have ended. */
  attempts: number;
  /** Null when the delivery has ended, is being sent, or waits for an earlier one of its subject. */
  nextAttemptAt: Date | null;
  lastAttempt: RecordedAttempt | null;
}

export interface DeliveryFilter {
  status?: DeliveryStatus | undefined;
  orderId?: string | undefined;
  type?: string | undefined;
}
