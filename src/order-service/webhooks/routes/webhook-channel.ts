import { z } from 'zod';
import {
  INVENTORY_EVENT_TYPES,
  inventoryEvent,
  ORDER_EVENT_TYPES,
  orderEvent,
  PRODUCT_EVENT_TYPES,
  productEvent,
  type PublicEventType,
} from '../../../shared/contracts/public-event';
import { EXAMPLE_PUBLIC_EVENTS } from '../../../shared/contracts/public-event-examples';
import { type AsyncChannel, type AsyncMessage } from '../../../shared/http/asyncapi-document';

/** The headers of a webhook (Standard Webhooks 1.0). */
const webhookHeaders = z.object({
  'webhook-id': z.string().describe('the id of the event: the same at every attempt'),
  'webhook-timestamp': z.string().describe('when the request was sent, in seconds since 1970'),
  'webhook-signature': z
    .string()
    .describe('`v1,` and the signature in base64, for each secret that is valid; separated by spaces'),
});

/** A message with the headers of a webhook. */
export const webhookMessage = (message: Omit<AsyncMessage, 'headers'>): AsyncMessage => ({
  ...message,
  headers: webhookHeaders,
});

/**
 * The channel of webhooks, for the AsyncAPI document: a message for each type of event, and others.
 *
 * @param others such as the events about the webhooks themselves; see {@link webhookMessage}.
 */
export function webhookChannel(others: readonly AsyncMessage[]): AsyncChannel {
  return {
    id: 'webhooks',
    address: null,
    title: 'Webhooks',
    description:
      'POST requests to the URLs of the endpoints of a client. An event has the same id at each endpoint and each attempt; events of an order, ' +
      'of a product or of its stock come in the order of their versions.',
    protocol: null,
    operations: [
      {
        id: 'sendWebhooks',
        action: 'send',
        title: 'Send events to webhook endpoints',
        description:
          'A status 2xx of the receiver is a success; any other answer is followed by further attempts.',
        messages: [
          ...ORDER_EVENT_TYPES.map((type) => eventMessage(type, orderEvent, 'an order')),
          ...PRODUCT_EVENT_TYPES.map((type) => eventMessage(type, productEvent, 'a product')),
          ...INVENTORY_EVENT_TYPES.map((type) =>
            eventMessage(type, inventoryEvent, 'the stock of a product'),
          ),
          ...others,
        ],
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      },
    ],
  };
}

const eventMessage = (type: PublicEventType, schema: z.ZodType, subject: string): AsyncMessage =>
  webhookMessage({
    name: type,
    title: type,
    summary: `The event ${type} of ${subject}.`,
    payload: z.intersection(schema, z.looseObject({ type: z.literal(type) })),
    example: EXAMPLE_PUBLIC_EVENTS[type],
  });
