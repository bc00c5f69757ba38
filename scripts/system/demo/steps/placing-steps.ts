import { faultyMembers, header, member, problem, status } from '../checks';
import { followOrder } from '../follow-order';
import { orderRequest, placeRequest, tokenRequest } from '../requests';
import { type Step } from '../story';

/** An order, its repetition, and requests that are refused. */
export const PLACING_STEPS: readonly Step[] = [
  {
    heading: 'The end of the event feed',
    why: 'A reader of events keeps its place as a cursor. The demo reads from here on later.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/events?after=latest`, token: 'TOKEN' }),
    checks: () => [status(200), member('data', [])],
    keep: { member: 'next_cursor', as: 'CURSOR' },
  },
  {
    heading: 'Place an order',
    why: 'Order, idempotency record and event are stored in one transaction; after 201 the order will be delivered.',
    request: (story) => placeRequest(story),
    checks: () => [
      status(201),
      member('status', 'PENDING_SHIPMENT'),
      member('total_amount', 79.9),
      header('etag', '"1"'),
    ],
    keep: { member: 'order_id', as: 'ORDER_ID' },
    remember({ text }, story) {
      story.firstAnswer = text;
      story.events = followOrder(story, 'ORDER_ID');
    },
  },
  {
    heading: 'The same request again',
    why: 'A client repeats a request after a lost connection: the same key returns the same bytes and creates no second order.',
    request: (story) => placeRequest(story),
    checks: ({ firstAnswer }) => [
      status(201),
      header('idempotency-replayed', 'true'),
      { what: 'same bytes as before', expected: true, got: ({ text }) => text === firstAnswer },
    ],
  },
  {
    heading: 'The same key for another order',
    why: 'This is an error of the client: nothing is executed.',
    request: (story) => placeRequest(story, 2),
    checks: () => problem(422, 'idempotency_key_reused'),
  },
  {
    heading: 'An invalid order',
    why: 'The response lists every error with its path.',
    request: ({ orderUrl }) => ({
      method: 'POST',
      url: `${orderUrl}/orders`,
      token: 'TOKEN',
      body: { items: [{ product_id: 'lamp', quantity: 0, unit_price: -1 }] },
    }),
    checks: () => [
      ...problem(400, 'validation_failed'),
      faultyMembers('customer_id', 'items[0].quantity', 'items[0].unit_price'),
    ],
  },
  {
    heading: 'A token for another shop',
    why: 'demo-other has the same scopes as demo-client, but sees only its own orders.',
    request: (story) => tokenRequest(story, 'demo-other'),
    checks: () => [status(200)],
    keep: { member: 'access_token', as: 'OTHER' },
  },
  {
    heading: "Another shop's order",
    why: 'The response is the same as for an order that does not exist.',
    request: (story) => orderRequest(story, 'ORDER_ID', { token: 'OTHER' }),
    checks: () => problem(404, 'order_not_found'),
  },
];
