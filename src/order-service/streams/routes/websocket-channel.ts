import {
  END_CLOSE_CODES,
  endMessage,
  errorMessage,
  eventMessage,
  EXAMPLE_CLIENT_MESSAGES,
  EXAMPLE_PRODUCT_SUBSCRIPTION,
  EXAMPLE_SERVER_MESSAGES,
  MAX_CLIENT_MESSAGE_BYTES,
  ORDERS_SUBPROTOCOL,
  subscribedMessage,
  subscribeMessage,
  unsubscribedMessage,
  unsubscribeMessage,
  WEBSOCKET_PATH,
} from '../../../shared/contracts/websocket-messages';
import { type AsyncChannel, type AsyncMessage } from '../../../shared/http/asyncapi-document';

/** The scope of all streams. */
export const STREAM_SCOPE = 'order:read';

const subscribe: AsyncMessage = {
  name: 'subscribe',
  title: 'Begin a subscription',
  summary: 'Begins the events of an order, of a product or of a filter, behind a cursor or now.',
  payload: subscribeMessage,
  example: EXAMPLE_CLIENT_MESSAGES.subscribe,
  examples: { products: EXAMPLE_PRODUCT_SUBSCRIPTION },
};

const unsubscribe: AsyncMessage = {
  name: 'unsubscribe',
  title: 'End a subscription',
  summary: 'Ends the events of a subscription.',
  payload: unsubscribeMessage,
  example: EXAMPLE_CLIENT_MESSAGES.unsubscribe,
};

const subscribed: AsyncMessage = {
  name: 'subscribed',
  title: 'A subscription has begun',
  summary: 'Its events come behind this cursor.',
  payload: subscribedMessage,
  example: EXAMPLE_SERVER_MESSAGES.subscribed,
};

const unsubscribed: AsyncMessage = {
  name: 'unsubscribed',
  title: 'A subscription has ended',
  summary: 'The cursor is where another subscription can continue.',
  payload: unsubscribedMessage,
  example: EXAMPLE_SERVER_MESSAGES.unsubscribed,
};

const event: AsyncMessage = {
  name: 'event',
  title: 'An event of a subscription',
  summary:
    'Each event comes once, those of an order, of a product or of its stock in the order of their versions.',
  payload: eventMessage,
  example: EXAMPLE_SERVER_MESSAGES.event,
};

const error: AsyncMessage = {
  name: 'error',
  title: 'A message was refused, or a subscription has failed',
  summary: 'The connection stays open; `subscribed` tells whether the subscription does.',
  payload: errorMessage,
  example: EXAMPLE_SERVER_MESSAGES.error,
};

const end: AsyncMessage = {
  name: 'end',
  title: 'The connection ends',
  summary: 'The last message of a connection that the server ends, with the cursors of its subscriptions.',
  payload: endMessage,
  example: EXAMPLE_SERVER_MESSAGES.end,
};

const closeCodes = Object.entries(END_CLOSE_CODES)
  .map(([code, closeCode]) => `${closeCode} \`${code}\``)
  .join(', ');

/** The channel of WebSockets, for the AsyncAPI document. */
export const WEBSOCKET_CHANNEL: AsyncChannel = {
  id: 'webSocket',
  address: WEBSOCKET_PATH,
  title: 'WebSocket',
  description:
    `The subprotocol \`${ORDERS_SUBPROTOCOL}\`: JSON text messages, those of the client of at most ${MAX_CLIENT_MESSAGE_BYTES / 1024} kB. ` +
    `After an \`end\` message the server closes with ${closeCodes}. Without one it closes with 1003 after a binary message, 1008 after too many ` +
    'messages, 1009 after a message that is too large. It sends a ping every 20 s.',
  protocol: 'ws',
  bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
  operations: [
    {
      id: 'receiveSubscribe',
      action: 'receive',
      title: 'Begin a subscription',
      description:
        'Answered with `subscribed` or `error`. The messages of a connection are handled in their order.',
      messages: [subscribe],
      replies: [subscribed, error],
      scope: STREAM_SCOPE,
    },
    {
      id: 'receiveUnsubscribe',
      action: 'receive',
      title: 'End a subscription',
      description: 'Answered with `unsubscribed` or `error`. No event of the subscription follows.',
      messages: [unsubscribe],
      replies: [unsubscribed, error],
      scope: STREAM_SCOPE,
    },
    {
      id: 'sendMessages',
      action: 'send',
      title: 'Send the events of the subscriptions',
      description:
        'An `error` comes when the events behind the cursor of a subscription cannot be read any more.',
      messages: [event, error, end],
      scope: STREAM_SCOPE,
    },
  ],
};
