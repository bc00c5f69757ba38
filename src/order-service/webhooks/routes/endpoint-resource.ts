import { z } from 'zod';
import { list, optionalPairs, pairs } from '../../../shared/contracts/lists';
import { version } from '../../../shared/contracts/integers';
import { text, uuid } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { type Answer } from '../../../shared/idempotency/run-once';
import { DISABLED_REASONS, type WebhookEndpoint } from '../domain/endpoint';
import { WEBHOOK_EVENT_TYPES } from '../domain/notice';
import { WEBHOOK_NOT_FOUND } from '../domain/problem-types';
import { secretText } from '../domain/signature';
import { checkTargetUrl, MAX_URL_LENGTH, type TargetPolicy } from '../domain/target-url';

export const WEBHOOKS_TAG = 'webhooks';

/** The members of the declarations of all operations on webhooks. */
export const OF_WEBHOOKS = { tag: WEBHOOKS_TAG, access: 'webhook:manage' } as const;

/** The members of the declarations of operations on one endpoint. */
export const OF_ENDPOINT = {
  ...OF_WEBHOOKS,
  params: z.object({ endpoint_id: uuid }),
  notFound: WEBHOOK_NOT_FOUND,
} as const;

export const ETAG_HEADER = { ETag: 'the version of the endpoint, quoted' };

const eventType = z.enum(WEBHOOK_EVENT_TYPES).meta({ id: 'WebhookEventType' });

/** A webhook endpoint as the API shows it; it never contains the secret. */
export const endpointResource = z
  .object({
    endpoint_id: uuid,
    client_id: z.string().describe('the client whose orders and products it is about'),
    url: z.string(),
    event_types: z
      .array(eventType)
      .readonly()
      .nullable()
      .describe('null: all types, also those of later versions'),
    enabled: z.boolean(),
    disabled_reason: z
      .enum(DISABLED_REASONS)
      .nullable()
      .describe(
        'by_client; gone: it answered 410; failing: it failed for days; client_disabled: its client was disabled; null while it is enabled',
      ),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.string()).readonly(),
    previous_secret_until: utcTimestamp
      .nullable()
      .describe('until when requests also have the signature of the previous secret'),
    missed_before: utcTimestamp
      .nullable()
      .describe(
        'events before this time may be missing: some were removed from the log before they were queued for the endpoint',
      ),
    version: version.describe('counts the changes of the endpoint; also its ETag'),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'WebhookEndpoint' });
export type EndpointResource = z.infer<typeof endpointResource>;

/** The only response body that contains a secret; a repeat of it does not. */
export const endpointWithSecret = endpointResource
  .extend({
    secret: z
      .string()
      .nullable()
      .describe(
        'whsec_ and base64, for the verification of signatures; returned only in the first response to a request; null when this ' +
          'response repeats it',
      ),
    secret_notice: z
      .string()
      .optional()
      .describe('only when secret is null: why it is missing, and how to create a new secret'),
  })
  .meta({ id: 'WebhookEndpointWithSecret' });

export const endpointList = z
  .object({ data: z.array(endpointResource), next_cursor: z.string().nullable() })
  .meta({ id: 'WebhookEndpointList' });

const METADATA = [text(1, 40), text(0, 500), 20] as const;

/** The members of request bodies. A URL is refused with the reason, as far as it does not depend on a name server. */
function bodyMembers(policy: TargetPolicy) {
  const url = z
    .string()
    .transform((value, context) => {
      const check = checkTargetUrl(value, policy);
      if ('url' in check) return check.url.href;
      context.addIssue({ code: 'custom', message: check.fault });
      return z.NEVER;
    })
    .meta({ maxLength: MAX_URL_LENGTH, format: 'uri' });
  return {
    url: url.describe(
      'https, with a public host, without user name and fragment; it is stored in normalised form',
    ),
    event_types: list(eventType, 1, WEBHOOK_EVENT_TYPES.length)
      .refine((types) => new Set(types).size === types.length, 'must not name a type twice')
      .meta({ uniqueItems: true })
      .nullable(),
    enabled: z.boolean(),
    description: text(0, 500).nullable(),
  };
}

export function createBody(policy: TargetPolicy) {
  const { url, event_types, enabled, description } = bodyMembers(policy);
  return z.strictObject({
    url,
    event_types: event_types
      .default(null)
      .describe('null, or absent: all types, also those of later versions'),
    enabled: enabled.default(true),
    description: description.default(null),
    metadata: pairs(...METADATA),
  });
}

export function changeBody(policy: TargetPolicy) {
  const { event_types, ...members } = bodyMembers(policy);
  return z
    .strictObject({
      ...members,
      event_types: event_types.describe('null: all types, also those of later versions'),
      metadata: optionalPairs(...METADATA),
    })
    .partial();
}

/** An endpoint as the API shows it. */
export const toEndpointResource = (endpoint: WebhookEndpoint): EndpointResource => ({
  endpoint_id: endpoint.endpointId,
  client_id: endpoint.clientId,
  url: endpoint.url,
  event_types:
    endpoint.eventTypes.length === 0 ? null : (endpoint.eventTypes as EndpointResource['event_types']),
  enabled: endpoint.isEnabled,
  disabled_reason: endpoint.disabledReason,
  description: endpoint.description,
  metadata: endpoint.metadata,
  previous_secret_until: endpoint.previousSecretUntil?.toISOString() ?? null,
  missed_before: endpoint.missedBefore?.toISOString() ?? null,
  version: endpoint.version,
  created_at: endpoint.createdAt.toISOString(),
  updated_at: endpoint.updatedAt.toISOString(),
});

/** Renders an endpoint with its new secret. The stored answer does not contain the secret. */
export const answerWithSecret =
  (status: number) =>
  (endpoint: WebhookEndpoint, secret: Buffer): Answer => {
    const resource = toEndpointResource(endpoint);
    return {
      status,
      body: JSON.stringify({ ...resource, secret: secretText(secret) }),
      repeatBody: JSON.stringify({
        ...resource,
        secret: null,
        secret_notice:
          'the secret was returned only in the first response to this request; if that response was lost, create a new secret with ' +
          `POST /webhooks/${resource.endpoint_id}/rotate-secret and another Idempotency-Key`,
      }),
    };
  };

/** The endpoint in the examples of the API. */
export const EXAMPLE_ENDPOINT: EndpointResource = {
  endpoint_id: '01a1fc42-fc03-72fd-b531-1111a4fbee14',
  client_id: 'lamp-shop',
  url: 'https://hooks.shop.example/orders',
  event_types: ['order.shipped', 'order.delivered'],
  enabled: true,
  disabled_reason: null,
  description: 'the shop',
  metadata: {},
  previous_secret_until: null,
  missed_before: null,
  version: 1,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};

export const EXAMPLE_ENDPOINT_WITH_SECRET = {
  ...EXAMPLE_ENDPOINT,
  secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD8Vr4Ja0DzFw=',
};
