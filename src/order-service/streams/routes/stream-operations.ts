import { z } from 'zod';
import { list } from '../../../shared/contracts/lists';
import { orderParams } from '../../../shared/contracts/order-resource';
import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import {
  CATALOGUE_EVENT_TYPES,
  catalogueEventType,
  ORDER_EVENT_TYPES,
  orderEventType,
  type PublicEvent,
} from '../../../shared/contracts/public-event';
import {
  EXAMPLE_CATALOGUE_EVENT,
  EXAMPLE_PUBLIC_EVENT,
} from '../../../shared/contracts/public-event-examples';
import { orderStatus } from '../../../shared/contracts/status-machines';
import { customerId, uuid } from '../../../shared/contracts/text';
import { cursorBehind } from '../../../shared/event-log/feed-cursor';
import { operation, type Operation } from '../../../shared/http/operation';
import { EVENTS_PRUNED, HISTORY_CHANGED, ORDER_NOT_FOUND } from '../../orders/domain/problem-types';
import { orderNotFound } from '../../orders/use-cases/get-order';
import { TOO_MANY_STREAMS } from '../domain/problem-types';
import { eventFrame } from './event-json';
import { isEnd } from './event-stream';
import {
  openFilteredStream,
  openStream,
  resumeCursor,
  type StreamOperationsDependencies,
  subscribe,
} from './open-event-stream';

export const STREAMS_TAG = 'streams';

const after = z
  .string()
  .max(100)
  .optional()
  .describe('the id of the last event that was received; the header Last-Event-ID takes precedence');

const resumeHeader = z.object({
  'Last-Event-ID': z.string().max(100).optional().describe('the id of the last event that was received'),
});

const RESUME =
  'Each event has the cursor of the feed as its id, and the JSON of `GET /events` as its data. A reader that connects again with the last id, ' +
  'in the header `Last-Event-ID` or as `after`, gets every event behind it, once. A comment is sent every 15 s. The last event of a stream that ' +
  'the server ends gives the reason as its name: `token_expired`, `token_revoked`, `server_stopping`, `events_pruned`, `history_changed`, ' +
  '`internal_error`.';

const STREAM_PROBLEMS = [INVALID_CURSOR, EVENTS_PRUNED, HISTORY_CHANGED, TOO_MANY_STREAMS];

const streamResponse = (event: PublicEvent) => ({
  description: 'the events, until one side ends the stream',
  content: {
    'text/event-stream': {
      schema: z.string(),
      example: eventFrame({ event, owner: '', cursor: cursorBehind('42', event.id) }).toString(),
    },
  },
});

/** `types` of a stream: repeated, or with commas between them. */
const typesParameter = <Type extends z.ZodType>(type: Type, most: number) =>
  z
    .preprocess((value) => (typeof value === 'string' ? value.split(',') : value), list(type, 1, most))
    .optional()
    .describe('can be repeated, or have several types with commas between them');

/** `GET /orders/{order_id}/events`, `GET /orders/events` and `GET /products/events`. */
export function streamOperations(deps: StreamOperationsDependencies): Operation[] {
  return [orderStreamOperation(deps), ownerStreamOperation(deps), productStreamOperation(deps)];
}

function orderStreamOperation(deps: StreamOperationsDependencies): Operation {
  return operation({
    id: 'streamOrderEvents',
    method: 'get',
    path: '/orders/{order_id}/events',
    tag: STREAMS_TAG,
    summary: 'Stream the events of an order',
    description:
      'Server-sent events. Without a cursor the stream begins with the present state of the order. Behind the event of a final status it ends ' +
      `with \`order_ended\`; a reader that connects again behind that event gets 204, at which an EventSource stops. ${RESUME}`,
    access: 'order:read',
    params: orderParams,
    notFound: ORDER_NOT_FOUND,
    query: z.strictObject({ after }),
    headers: resumeHeader,
    responses: {
      200: streamResponse(EXAMPLE_PUBLIC_EVENT),
      204: { description: 'the order has its final status, and there is no event behind the cursor' },
    },
    problems: STREAM_PROBLEMS,
    async handle(context) {
      const { order_id: orderId } = context.params;
      const from = resumeCursor(context.request, context.query.after);
      await openStream(deps, context, { topic: 'orders', orderId }, async (stream) => {
        const latest = await deps.presentState(orderId, context.visibleOwner);
        if (!latest) throw orderNotFound();
        await subscribe(deps, stream, from ?? latest.cursor);
        if (from === null) return { present: latest };
        return isEnd(latest) && !(await deps.hasEventsBehind(from, orderId)) ? 'nothing' : { present: null };
      });
    },
  });
}

function ownerStreamOperation(deps: StreamOperationsDependencies): Operation {
  return operation({
    id: 'streamEvents',
    method: 'get',
    path: '/orders/events',
    tag: STREAMS_TAG,
    summary: 'Stream the events of all orders',
    description:
      'Server-sent events of the orders of the calling client; operators receive those of all clients. Without a cursor the stream begins with ' +
      `the next event. ${RESUME}`,
    access: 'order:read',
    query: z.strictObject({
      after,
      customer_id: customerId.optional(),
      status: orderStatus.optional().describe('the status of the order after the event'),
      types: typesParameter(orderEventType, ORDER_EVENT_TYPES.length),
    }),
    headers: resumeHeader,
    responses: { 200: streamResponse(EXAMPLE_PUBLIC_EVENT) },
    problems: STREAM_PROBLEMS,
    async handle(context) {
      const { types, status, customer_id: ofCustomer, after: from } = context.query;
      await openFilteredStream(
        deps,
        context,
        { topic: 'orders', types, status, customerId: ofCustomer },
        from,
      );
    },
  });
}

function productStreamOperation(deps: StreamOperationsDependencies): Operation {
  return operation({
    id: 'streamProductEvents',
    method: 'get',
    path: '/products/events',
    tag: STREAMS_TAG,
    summary: 'Stream the events of all products and their stock',
    description:
      'Server-sent events of the products of the calling client and of their stock; operators receive those of all clients. Without a cursor ' +
      `the stream begins with the next event. ${RESUME}`,
    access: 'order:read',
    query: z.strictObject({
      after,
      product_id: uuid.optional().describe('only the events of this product and of its stock'),
      types: typesParameter(catalogueEventType, CATALOGUE_EVENT_TYPES.length),
    }),
    headers: resumeHeader,
    responses: { 200: streamResponse(EXAMPLE_CATALOGUE_EVENT) },
    problems: STREAM_PROBLEMS,
    async handle(context) {
      const { types, product_id: productId, after: from } = context.query;
      await openFilteredStream(deps, context, { topic: 'products', types, productId }, from);
    },
  });
}
