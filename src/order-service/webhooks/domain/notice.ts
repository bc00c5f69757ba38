import { EVENT_API_VERSION, PUBLIC_EVENT_TYPES } from '../../../shared/contracts/public-event';

/**
 * The types of events about the webhooks themselves. An endpoint receives them like other events, when its event types are empty or
 * contain them:
 * - `webhook.disabled`: another endpoint of the client was disabled because it was gone, or failed too long;
 * - `webhook.events_missed`: events were removed from the log before they were queued for this endpoint.
 */
export const NOTICE_TYPES = ['webhook.disabled', 'webhook.events_missed'] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** The event that `POST /webhooks/{endpoint_id}/test` sends. */
export const TEST_TYPE = 'webhook.test';

/** The types that the event types of an endpoint can contain. */
export const WEBHOOK_EVENT_TYPES = [...PUBLIC_EVENT_TYPES, ...NOTICE_TYPES] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

export interface Notice {
  eventId: string;
  type: NoticeType | typeof TEST_TYPE;
  occurredAt: Date;
  /** The endpoint that it is about. */
  endpointId: string;
  data: Readonly<Record<string, unknown>>;
}

/** The body of the request. */
export const noticeBody = ({ eventId, type, occurredAt, endpointId, data }: Notice): string =>
  JSON.stringify({
    id: eventId,
    type,
    api_version: EVENT_API_VERSION,
    occurred_at: occurredAt.toISOString(),
    data: { endpoint_id: endpointId, ...data },
  });
