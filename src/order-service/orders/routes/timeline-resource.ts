import { type TimelineEntry } from '../../../shared/contracts/order-resource';
import { type StoredEvent } from '../../../shared/event-log/event';

/** One entry of an order's timeline: what happened, who caused it, when, and when others were told. */
export function toTimelineEntry(event: StoredEvent): TimelineEntry {
  return {
    event_id: event.eventId,
    version: event.version,
    type: event.type,
    actor: event.actor,
    occurred_at: event.occurredAt.toISOString(),
    published_at: event.publishedAt?.toISOString() ?? null,
    correlation_id: event.correlationId,
    payload: event.payload as Record<string, unknown>,
  };
}
