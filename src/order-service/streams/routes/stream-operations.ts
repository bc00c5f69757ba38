import { type Request } from 'express';
import { z } from 'zod';
import { list } from '../../../shared/contracts/lists';
import { orderParams } from '../../../shared/contracts/order-resource';
import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import {
  EXAMPLE_PUBLIC_EVENT,
  PUBLIC_EVENT_TYPES,
  publicEventType,
} from '../../../shared/contracts/public-event';
import { orderMachine, orderStatus } from '../../../shared/contracts/status-machines';
import { customerId } from '../../../shared/contracts/text';
import { cursorBehind, type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { operation, type Operation, type OperationContext } from '../../../shared/http/operation';
import { EVENTS_PRUNED, HISTORY_CHANGED, ORDER_NOT_FOUND } from '../../orders/domain/problem-types';
import { type EventFilter } from '../../orders/domain/event-filter';
import { eventCursor, eventsGone } from '../../orders/use-cases/event-cursors';
import { orderNotFound } from '../../orders/use-cases/get-order';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { TOO_MANY_STREAMS } from '../domain/problem-types';
import { type ReadPresentState } from '../workers/present-state';
import { type StreamHub } from '../workers/stream-hub';
import { eventFrame } from './event-json';
import { EventStream, type EventStreamSettings, STREAM_HEADERS } from './event-stream';

export const STREAMS_TAG = 'streams';

export interface StreamOperationsDependencies {
  hub: Pick<StreamHub, 'subscribe'>;
  settings: EventStreamSettings;
  presentState: ReadPresentState;
  /** Whether the feed has events of the order behind the cursor. */
  hasEventsBehind(cursor: FeedCursor, orderId: string): Promise<boolean>;
}

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

const EXAMPLE = eventFrame({
  event: EXAMPLE_PUBLIC_EVENT,
  owner: '',
  cursor: cursorBehind('42', EXAMPLE_PUBLIC_EVENT.id),
}).toString();

const streamResponse = {
  description: 'the events, until one side ends the stream',
  content: { 'text/event-stream': { schema: z.string(), example: EXAMPLE } },
};

/** `GET /orders/{order_id}/events` and `GET /orders/events`. */
export function streamOperations(deps: StreamOperationsDependencies): Operation[] {
  return [orderStreamOperation(deps), ownerStreamOperation(deps)];
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
      200: streamResponse,
      204: { description: 'the order has its final status, and there is no event behind the cursor' },
    },
    problems: STREAM_PROBLEMS,
    async handle(context) {
      const { order_id: orderId } = context.params;
      const from = resumeCursor(context.request, context.query.after);
      await openStream(deps, context, { orderId }, async (stream) => {
        const latest = await deps.presentState(orderId, context.visibleOwner);
        if (!latest) throw orderNotFound();
        await subscribe(deps, stream, from ?? latest.cursor);
        if (from === null) return { present: latest };
        const hasEnded = orderMachine.isEnd(latest.event.data.order.status);
        return hasEnded && !(await deps.hasEventsBehind(from, orderId)) ? 'nothing' : { present: null };
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
      types: z
        .preprocess(
          (value) => (typeof value === 'string' ? value.split(',') : value),
          list(publicEventType, 1, PUBLIC_EVENT_TYPES.length),
        )
        .optional()
        .describe('can be repeated, or have several types with commas between them'),
    }),
    headers: resumeHeader,
    responses: { 200: streamResponse },
    problems: STREAM_PROBLEMS,
    async handle(context) {
      const { types, status, customer_id: ofCustomer } = context.query;
      const from = resumeCursor(context.request, context.query.after);
      await openStream(deps, context, { types, status, customerId: ofCustomer }, async (stream) => {
        await subscribe(deps, stream, from);
        return { present: null };
      });
    },
  });
}

/** The result of the preparation of a stream: the event that it begins with, or that it would have no event. */
type Beginning = { present: FedEvent | null } | 'nothing';

type Caller = Pick<
  OperationContext<unknown, unknown, unknown>,
  'caller' | 'visibleOwner' | 'request' | 'response'
>;

/** Opens a stream unless its preparation fails; until then an error is a problem response. */
async function openStream(
  { settings }: StreamOperationsDependencies,
  { caller, visibleOwner, request, response }: Caller,
  filter: EventFilter,
  prepare: (stream: EventStream) => Promise<Beginning>,
): Promise<void> {
  const stream = new EventStream(response, caller, visibleOwner, filter, settings);
  settings.openStreams.add(caller, stream);
  try {
    const beginning = await prepare(stream);
    if (beginning !== 'nothing' && request.method !== 'HEAD') return stream.begin(beginning.present);
    stream.close();
    if (beginning === 'nothing') response.status(204).end();
    else response.status(200).set(STREAM_HEADERS).end();
  } catch (error) {
    stream.close();
    throw error;
  }
}

/** @throws AppError `gone` when the events behind the cursor cannot be read. */
async function subscribe(
  { hub }: StreamOperationsDependencies,
  stream: EventStream,
  from: FeedCursor | null,
): Promise<void> {
  const subscription = await hub.subscribe({ listener: stream, after: from });
  if ('gone' in subscription) throw eventsGone(subscription);
  stream.attach(subscription);
}

/** An EventSource that connects again sends the header together with the query of its first request. */
function resumeCursor(request: Request, fromQuery: string | undefined): FeedCursor | null {
  const fromHeader = request.get('Last-Event-ID');
  if (fromHeader !== undefined && fromHeader !== '') return eventCursor(fromHeader, 'Last-Event-ID');
  return fromQuery === undefined ? null : eventCursor(fromQuery, 'after');
}
