import { type TimelineEntry } from '../../../shared/contracts/order-resource';
import { type PublishedEvent } from '../../../shared/event-log/read-events';

export const EXAMPLE_TIMELINE_ENTRY: TimelineEntry = {
  event_id: '01a1fc42-fc04-7c3d-8a7b-6f1f0a6f2d10',
  version: 1,
  type: 'ORDER_CREATED',
  actor: 'demo-client',
  occurred_at: '2026-11-21T04:00:10.755Z',
  published_at: '2026-11-21T04:00:10.790Z',
  correlation_id: 'bff04cd8-ee8a-42d7-b8ec-f03b3060ad41',
  payload: { client_id: 'demo-client', customer_id: 'ada', total_amount: 79.9 },
};

/** One entry of the timeline: the event, who caused it, when it happened and when it was published. */
export function toTimelineEntry(event: PublishedEvent): TimelineEntry {
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
