import { z } from 'zod';
import { integerParameter } from '../../../shared/contracts/integers';
import { list } from '../../../shared/contracts/lists';
import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import {
  type EventTopic,
  PUBLIC_EVENT_TYPES,
  publicEventList,
  publicEventType,
} from '../../../shared/contracts/public-event';
import { EXAMPLE_FEED, EXAMPLE_PUBLIC_EVENT } from '../../../shared/contracts/public-event-examples';
import { customerId, uuid } from '../../../shared/contracts/text';
import { cursorBehind, encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { EVENTS_PRUNED, HISTORY_CHANGED } from '../domain/problem-types';
import { eventCursor } from '../use-cases/event-cursors';
import { type GetEvents, getEvents, type GetEventsDependencies } from '../use-cases/get-events';

export const EVENTS_TAG = 'events';

/** The longest wait, in seconds: shorter than the time limits of common proxies. */
const MAX_WAIT_SECONDS = 20;

const MAX_LIMIT = 100;

const LATEST = 'latest';

export const eventsQuery = z.strictObject({
  after: z
    .string()
    .max(100)
    .optional()
    .describe('`next_cursor` of the previous answer; `latest` begins now; without it, at the oldest event'),
  types: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      list(publicEventType, 1, PUBLIC_EVENT_TYPES.length),
    )
    .optional()
    .describe(
      'can be repeated, or have several types with commas between them; without it and `product_id`, all types of orders',
    ),
  order_id: uuid.optional().describe('only the events of this order'),
  customer_id: customerId.optional().describe('only the events of orders of this customer'),
  product_id: uuid.optional().describe('only the events of this product and of its stock'),
  limit: integerParameter(1, MAX_LIMIT, MAX_LIMIT),
  wait: integerParameter(0, MAX_WAIT_SECONDS, 0).describe(
    'how many seconds to wait for an event when there is none',
  ),
});

/** `GET /events`. */
export function eventsOperation(deps: GetEventsDependencies): Operation {
  return operation({
    id: 'listEvents',
    method: 'get',
    path: '/events',
    tag: EVENTS_TAG,
    summary: 'Read the event feed',
    description:
      'The events of the orders that the caller sees, and with `types` or `product_id` also those of products and stock: each once, those of an ' +
      'order, of a product or of its stock in the order of their versions. Send `next_cursor` as `after` of the next request; it is never null. With `wait` the answer comes as soon as there is ' +
      'an event. A request with filters reads a limited part of the feed: `data` can be empty although `has_more` is true. When events behind ' +
      'the cursor are missing, the answer is 410 with the earliest cursor.',
    access: 'order:read',
    query: eventsQuery,
    responses: {
      200: jsonResponse('the next events', publicEventList, {
        data: EXAMPLE_FEED,
        next_cursor: encodeFeedCursor(cursorBehind('42', EXAMPLE_PUBLIC_EVENT.id)),
        has_more: false,
      }),
    },
    problems: [INVALID_CURSOR, EVENTS_PRUNED, HISTORY_CHANGED],
    async handle({ query, visibleOwner: owner, response }) {
      const { types, order_id: orderId, customer_id: customerId, product_id: productId, limit, wait } = query;
      const filter = { topic: topicOf(query), types, orderId, customerId, productId };
      const request = { after: startOf(query.after), owner, filter, limit, waitMs: wait * 1_000 };
      await untilClientDisconnects(response, async (signal) => {
        const { events, next, hasMore } = await getEvents(deps, request, signal);
        response.json({
          data: events.map(({ event }) => event),
          next_cursor: encodeFeedCursor(next),
          has_more: hasMore,
        });
      });
    },
  });
}

/** Clients that name no types know only orders: the feed had nothing else at first. */
const topicOf = ({ types, product_id: productId }: z.output<typeof eventsQuery>): EventTopic | undefined =>
  types === undefined && productId === undefined ? 'orders' : undefined;

function startOf(after: string | undefined): GetEvents['after'] {
  if (after === undefined) return 'earliest';
  return after === LATEST ? 'latest' : eventCursor(after, 'after');
}
