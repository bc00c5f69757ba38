import { z } from 'zod';
import { list } from './lists';
import { fieldError } from './problem';
import {
  CATALOGUE_EVENT_TYPES,
  EVENT_TOPICS,
  type EventTopic,
  ORDER_EVENT_TYPES,
  PUBLIC_EVENT_TYPES,
  publicEvent,
  publicEventType,
} from './public-event';
import { EXAMPLE_PUBLIC_EVENT } from './public-event-examples';
import { orderStatus } from './status-machines';
import { customerId, uuid } from './text';

export const WEBSOCKET_PATH = '/ws';

/** The subprotocol of the WebSocket (RFC 6455 §1.9). Its name changes when the messages change incompatibly. */
export const ORDERS_SUBPROTOCOL = 'orders.v1';

/** Precedes the access token in the name of a second subprotocol, for browsers, which cannot send an Authorization header. */
export const BEARER_SUBPROTOCOL_PREFIX = 'bearer.';

/** The maximum size of a message of the client, in bytes. */
export const MAX_CLIENT_MESSAGE_BYTES = 64 * 1024;

/** The close codes of messages that the server does not accept (RFC 6455 §7.4.1). */
export const CLOSE_CODES = {
  /** A binary message. */
  binary: 1003,
  /** Too many messages in a short time. */
  flood: 1008,
} as const;

/** A name that the client chooses; unique among the open subscriptions of its connection. */
export const subscriptionId = z
  .string()
  .regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits, or _ . : -')
  .describe('chosen by the client; unique among the open subscriptions of the connection');

const cursor = z.string().describe('continue behind this place with `after`');

const subscription = z.strictObject({
  action: z.literal('subscribe'),
  id: subscriptionId,
  topic: z
    .enum(EVENT_TOPICS)
    .default('orders')
    .describe('`products`: the events of products and of their stock. Absent: `orders`'),
  order_id: uuid.optional().describe('only the events of this order'),
  customer_id: customerId.optional().describe('only orders of this customer'),
  status: orderStatus.optional().describe('only events after which the order has this status'),
  product_id: uuid
    .optional()
    .describe('with the topic `products`: only the events of this product and of its stock'),
  types: list(publicEventType, 1, PUBLIC_EVENT_TYPES.length)
    .optional()
    .describe('only events of these types, which must be types of the topic'),
  after: z
    .string()
    .optional()
    .describe(
      'the cursor behind which the events begin. Without it a subscription to an order begins with an event of its present state, any other ' +
        'one with the next event',
    ),
});

/** The members of a subscription that only one topic has. */
const MEMBERS_OF = {
  orders: ['order_id', 'customer_id', 'status'],
  products: ['product_id'],
} as const satisfies Record<EventTopic, readonly (keyof z.output<typeof subscription>)[]>;

const TYPES_OF: Readonly<Record<EventTopic, readonly string[]>> = {
  orders: ORDER_EVENT_TYPES,
  products: CATALOGUE_EVENT_TYPES,
};

export const subscribeMessage = subscription
  .superRefine((message, context) => {
    const { topic, types = [] } = message;
    const other = topic === 'orders' ? 'products' : 'orders';
    for (const member of MEMBERS_OF[other])
      if (message[member] !== undefined)
        context.addIssue({ code: 'custom', path: [member], message: `requires the topic ${other}` });
    types.forEach((type, index) => {
      if (!TYPES_OF[topic].includes(type))
        context.addIssue({
          code: 'custom',
          path: ['types', index],
          message: `is not a type of the topic ${topic}`,
        });
    });
  })
  .meta({ id: 'SubscribeMessage' });

export const unsubscribeMessage = z
  .strictObject({ action: z.literal('unsubscribe'), id: subscriptionId })
  .meta({ id: 'UnsubscribeMessage' });

/** A message of the client. */
export const clientMessage = z.discriminatedUnion('action', [subscribeMessage, unsubscribeMessage], {
  error: 'must be subscribe or unsubscribe',
});
export type ClientMessage = z.output<typeof clientMessage>;
export type SubscribeMessage = z.output<typeof subscribeMessage>;

export const subscribedMessage = z
  .object({
    kind: z.literal('subscribed'),
    id: subscriptionId,
    cursor: cursor
      .optional()
      .describe(
        'continue behind this place with `after`; absent when the event of the present state of the order follows, which has its own',
      ),
  })
  .meta({ id: 'SubscribedMessage' });

export const unsubscribedMessage = z
  .object({ kind: z.literal('unsubscribed'), id: subscriptionId, cursor })
  .meta({ id: 'UnsubscribedMessage' });

export const eventMessage = z
  .object({ kind: z.literal('event'), id: subscriptionId, cursor, event: publicEvent })
  .meta({ id: 'EventMessage' });

export const errorMessage = z
  .object({
    kind: z.literal('error'),
    id: z.string().nullable().describe('the subscription; null when the message had no valid id'),
    code: z.string().describe('the stable name of the error, as in the error answers of the HTTP API'),
    detail: z.string().describe('a description of the error for people; the text may change'),
    subscribed: z.boolean().describe('whether a subscription with this id is open after the error'),
    correlation_id: z.string().describe('the id of the connection in the logs'),
    errors: z.array(fieldError).readonly().optional().describe('the invalid members, at most 20'),
    more_errors: z.int().min(1).optional().describe('the number of invalid members that are not listed'),
    earliest_cursor: z
      .string()
      .optional()
      .describe('the first cursor behind which the events are complete, when those behind `after` are not'),
  })
  .meta({ id: 'ErrorMessage' });

/** The codes with which the server ends a connection after an `end` message, with the close code of each (RFC 6455 §7.4). */
export const END_CLOSE_CODES = {
  token_expired: 4401,
  token_revoked: 4401,
  slow_reader: 4408,
  server_stopping: 1012,
} as const;
export type EndCode = keyof typeof END_CLOSE_CODES;

export const endMessage = z
  .object({
    kind: z.literal('end'),
    code: z
      .enum(Object.keys(END_CLOSE_CODES) as [EndCode, ...EndCode[]])
      .describe('the stable name of the reason'),
    detail: z.string().describe('a description of the reason for people; the text may change'),
    retry_ms: z
      .int()
      .min(0)
      .optional()
      .describe('with server_stopping: how long to wait before the next connection, in milliseconds'),
    cursors: z
      .record(subscriptionId, z.string())
      .describe('where to continue each subscription with `after`: subscription to cursor'),
  })
  .meta({ id: 'EndMessage' });

/** A message of the server. */
export const serverMessage = z.discriminatedUnion('kind', [
  subscribedMessage,
  unsubscribedMessage,
  eventMessage,
  errorMessage,
  endMessage,
]);
export type ServerMessage = z.output<typeof serverMessage>;

const [EXAMPLE_ID, EXAMPLE_CURSOR] = ['my-orders', 'AAAAAAAAACqNXGwaL3vp1A'];

/** A subscription to the events of the stock of a product. */
export const EXAMPLE_PRODUCT_SUBSCRIPTION = {
  action: 'subscribe',
  id: 'my-stock',
  topic: 'products',
  types: ['inventory.low'],
} as const satisfies z.input<typeof subscribeMessage>;

export const EXAMPLE_CLIENT_MESSAGES = {
  subscribe: { action: 'subscribe', id: EXAMPLE_ID, status: 'SHIPPED', after: EXAMPLE_CURSOR },
  unsubscribe: { action: 'unsubscribe', id: EXAMPLE_ID },
} as const satisfies Record<ClientMessage['action'], z.input<typeof clientMessage>>;

export const EXAMPLE_SERVER_MESSAGES: { [Kind in ServerMessage['kind']]: ServerMessage & { kind: Kind } } = {
  subscribed: { kind: 'subscribed', id: EXAMPLE_ID, cursor: EXAMPLE_CURSOR },
  unsubscribed: { kind: 'unsubscribed', id: EXAMPLE_ID, cursor: EXAMPLE_CURSOR },
  event: { kind: 'event', id: EXAMPLE_ID, cursor: EXAMPLE_CURSOR, event: EXAMPLE_PUBLIC_EVENT },
  error: {
    kind: 'error',
    id: EXAMPLE_ID,
    code: 'validation_failed',
    detail: 'the message is not valid',
    subscribed: false,
    correlation_id: '7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53',
    errors: [{ path: 'statuses', message: 'is not a known member' }],
  },
  end: {
    kind: 'end',
    code: 'server_stopping',
    detail: 'this instance is stopping; connect again',
    retry_ms: 1_840,
    cursors: { [EXAMPLE_ID]: EXAMPLE_CURSOR },
  },
};
