import { inventoryEvent, orderEvent, productEvent } from '../../../shared/contracts/public-event';
import { EXAMPLE_PUBLIC_EVENT, EXAMPLE_PUBLIC_EVENTS } from '../../../shared/contracts/public-event-examples';
import { EXAMPLE_STREAM_NOTICE, streamNotice } from '../../../shared/contracts/stream-notice';
import { type AsyncChannel, type AsyncMessage } from '../../../shared/http/asyncapi-document';
import { STREAM_SCOPE, WEBSOCKET_CHANNEL } from './websocket-channel';

const DATA = 'The data of a server-sent event; its id is the cursor, its name the type.';

const ofOrder: AsyncMessage = {
  name: 'orderEvent',
  title: 'An event of an order',
  summary: DATA,
  payload: orderEvent,
  example: EXAMPLE_PUBLIC_EVENT,
};

const ofProduct: AsyncMessage = {
  name: 'productEvent',
  title: 'An event of a product',
  summary: DATA,
  payload: productEvent,
  example: EXAMPLE_PUBLIC_EVENTS['product.created'],
};

const ofStock: AsyncMessage = {
  name: 'inventoryEvent',
  title: 'An event of the stock of a product',
  summary: DATA,
  payload: inventoryEvent,
  example: EXAMPLE_PUBLIC_EVENTS['inventory.reserved'],
};

const streamEnd: AsyncMessage = {
  name: 'streamEnd',
  title: 'The end of the stream',
  summary: 'The data of the last server-sent event; its name is the code.',
  payload: streamNotice,
  example: EXAMPLE_STREAM_NOTICE,
};

/** A channel of server-sent events; docs/openapi/order-service.json has its parameters. */
const eventStream = (
  id: string,
  members: Pick<AsyncChannel, 'address' | 'title' | 'description'>,
  events: readonly AsyncMessage[],
): AsyncChannel => ({
  id,
  ...members,
  protocol: 'http',
  operations: [
    {
      id: `send${id.charAt(0).toUpperCase()}${id.slice(1)}`,
      action: 'send',
      title: members.title,
      description: 'Server-sent events, behind the cursor of `Last-Event-ID` or `after`.',
      messages: [...events, streamEnd],
      scope: STREAM_SCOPE,
      bindings: { http: { method: 'GET', bindingVersion: '0.3.0' } },
    },
  ],
});

/** The channels of streams, for the AsyncAPI document. */
export const STREAM_CHANNELS: readonly AsyncChannel[] = [
  WEBSOCKET_CHANNEL,
  eventStream(
    'eventStream',
    {
      address: '/orders/events',
      title: 'Events of all orders',
      description: 'The events of the orders of the calling client; those of all clients for operators.',
    },
    [ofOrder],
  ),
  eventStream(
    'productEventStream',
    {
      address: '/products/events',
      title: 'Events of all products and their stock',
      description: 'The events of the products of the calling client; those of all clients for operators.',
    },
    [ofProduct, ofStock],
  ),
  {
    ...eventStream(
      'orderEventStream',
      {
        address: '/orders/{order_id}/events',
        title: 'Events of an order',
        description: 'Begins with the present state of the order, unless the reader sends a cursor.',
      },
      [ofOrder],
    ),
    parameters: { order_id: 'the id of the order' },
  },
];
