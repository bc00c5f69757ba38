import { column, faultyMembers, header, member, problem, status } from './checks';
import { type DemoClient } from './demo-secrets';
import { showStatuses } from './narrate';
import { at, type HttpRequest, type Step, type Story } from './story';
import { watchOrder } from './watch-order';

const WAY = ['PENDING_SHIPMENT', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];

const tokenRequest = ({ orderUrl, secrets }: Story, client_id: DemoClient): HttpRequest => {
  const { value, variable } = secrets[client_id];
  return {
    method: 'POST',
    url: `${orderUrl}/auth/token`,
    body: { grant_type: 'client_credentials', client_id, client_secret: value },
    ...(variable !== null && { secret: { value, variable } }),
  };
};

const placeRequest = ({ orderUrl, run }: Story, quantity = 1): HttpRequest => ({
  method: 'POST',
  url: `${orderUrl}/orders`,
  token: 'TOKEN',
  headers: { 'Idempotency-Key': `demo-${run}` },
  body: { customer_id: `ada-${run}`, items: [{ product_id: 'lamp', quantity, unit_price: 79.9 }] },
});

const orderRequest = ({ orderUrl, variables }: Story, name: string, token = 'TOKEN'): HttpRequest => ({
  method: 'GET',
  url: `${orderUrl}/orders/${variables[name] ?? ''}`,
  token,
});

const below = ({ url, ...request }: HttpRequest, path: string): HttpRequest => ({
  ...request,
  url: `${url}${path}`,
});

const cancelRequest = (story: Story, name: string): HttpRequest => {
  const { url } = orderRequest(story, name);
  return { method: 'POST', url: `${url}/cancel`, token: 'TOKEN' };
};

/** The steps of the demo. */
export const STEPS: readonly Step[] = [
  {
    heading: 'The Order Service is healthy',
    why: 'PostgreSQL must answer; an outage of Redis or SQS loses no order.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/health` }),
    checks: () => [status(200), member('status', 'up')],
  },
  {
    heading: 'The Delivery Service is healthy',
    why: 'It has its own database; the two services share only two queues.',
    request: ({ deliveryUrl }) => ({ method: 'GET', url: `${deliveryUrl}/health` }),
    checks: () => [status(200), member('status', 'up')],
  },
  {
    heading: 'A token for demo-client',
    why: 'OAuth 2.0 client credentials. Later commands use it as $TOKEN.',
    request: (story) => tokenRequest(story, 'demo-client'),
    checks: () => [status(200), member('token_type', 'Bearer')],
    keep: { member: 'access_token', as: 'TOKEN' },
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
      story.watch = watchOrder(story, story.variables['ORDER_ID'] ?? '');
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
    request: (story) => orderRequest(story, 'ORDER_ID', 'OTHER'),
    checks: () => problem(404, 'order_not_found'),
  },
  {
    heading: 'An order to be cancelled',
    why: 'Without an Idempotency-Key: the same order sent twice within a minute is still created once.',
    request: ({ orderUrl, run }) => ({
      method: 'POST',
      url: `${orderUrl}/orders`,
      token: 'TOKEN',
      body: { customer_id: `grace-${run}`, items: [{ product_id: 'cable', quantity: 2, unit_price: 4.5 }] },
    }),
    checks: () => [status(201), member('total_amount', 9)],
    keep: { member: 'order_id', as: 'CANCEL_ID' },
  },
  {
    heading: 'Cancel it',
    why: 'The request is recorded; the Delivery Service, which owns the shipment, decides.',
    request: (story) => cancelRequest(story, 'CANCEL_ID'),
    checks: () => [status(202), member('cancellation', 'requested')],
    follows: true,
  },
  {
    heading: 'It is cancelled',
    why: 'Polled until the Delivery Service has answered.',
    request: (story) => orderRequest(story, 'CANCEL_ID'),
    until: ({ body }) => at(body, 'status') === 'CANCELLED',
    checks: () => [status(200), member('status', 'CANCELLED'), member('cancellation', 'confirmed')],
    follows: true,
  },
  {
    heading: 'The first order is delivered',
    why: 'The statuses observed by polling since the order was placed.',
    before: async ({ watch }) => showStatuses(watch, WAY),
    request: (story) => orderRequest(story, 'ORDER_ID'),
    checks: () => [
      status(200),
      member('status', 'DELIVERED'),
      member('version', 5),
      member('shipping.carrier', 'simulated'),
    ],
  },
  {
    heading: 'Its shipment',
    why: 'Read from the Delivery Service; during an outage the last known state, marked as stale.',
    request: (story) => below(orderRequest(story, 'ORDER_ID'), '/shipment'),
    checks: () => [status(200), member('status', 'DELIVERED'), member('attempts', 1), member('stale', false)],
  },
  {
    heading: 'The same shipment, at the Delivery Service itself',
    why: 'It accepts the same token, which it verifies with the public keys of the Order Service.',
    request: ({ deliveryUrl, variables }) => ({
      method: 'GET',
      url: `${deliveryUrl}/shipments?order_id=${variables['ORDER_ID'] ?? ''}`,
      token: 'TOKEN',
    }),
    checks: () => [status(200), column('status', ['DELIVERED']), column('version', [5])],
  },
  {
    heading: 'Too late to cancel',
    why: 'DELIVERED is a final status: the order can no longer be cancelled.',
    request: (story) => cancelRequest(story, 'ORDER_ID'),
    checks: () => problem(409, 'illegal_transition'),
  },
  {
    heading: 'Its timeline',
    why: 'The event log: each event with its actor and the time of its publication. No version is missing.',
    request: (story) => below(orderRequest(story, 'ORDER_ID'), '/timeline'),
    checks: () => [
      status(200),
      column('version', [1, 2, 3, 4, 5]),
      column('payload.status', [null, ...WAY.slice(1)]),
    ],
  },
  {
    heading: 'The latest orders',
    why: 'One page of the list; next_cursor leads to the next page.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/orders?limit=2`, token: 'TOKEN' }),
    checks: ({ variables }) => [
      status(200),
      column('order_id', [variables['CANCEL_ID'], variables['ORDER_ID']]),
    ],
  },
  {
    heading: 'Only delivered orders of this customer',
    why: 'Filters: status, customer, product and time. Sort keys: time and amount.',
    request: ({ orderUrl, run }) => ({
      method: 'GET',
      url: `${orderUrl}/orders?status=DELIVERED&customer_id=ada-${run}&sort=-total_amount`,
      token: 'TOKEN',
    }),
    checks: ({ variables }) => [
      status(200),
      column('order_id', [variables['ORDER_ID']]),
      member('next_cursor', null),
    ],
  },
  {
    heading: 'The contract',
    why: 'OpenAPI 3.1, generated from the schemas that validate the requests; shown at /docs.',
    request: ({ orderUrl }) => ({ method: 'GET', url: `${orderUrl}/openapi.json` }),
    excerpt: ({ body }) => ({
      openapi: at(body, 'openapi'),
      info: { title: at(body, 'info.title') },
      paths: '…',
    }),
    checks: () => [status(200), member('openapi', '3.1.0')],
  },
];
