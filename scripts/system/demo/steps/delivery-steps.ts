import { type OrderEvent } from '../../../../client/order-events';
import { column, member, problem, status } from '../checks';
import { showArrival, showNote } from '../narrate';
import { cancelRequest, orderRequest } from '../requests';
import { at, type Finding, type Step, type Story } from '../story';
import { secondsSinceCall } from '../../terminal';

const EVENTS = [
  'order.created',
  'order.shipped',
  'order.in_transit',
  'order.out_for_delivery',
  'order.delivered',
];
const DELIVERED_WITHIN_MS = 60_000;

/** The way of the first order to its delivery. */
export const DELIVERY_STEPS: readonly Step[] = [
  {
    heading: 'The first order moves',
    why: 'Server-sent events, received since the order was placed. The stream ends with the order.',
    command: (story) => ({ ...orderRequest(story, 'ORDER_ID', { path: '/events' }), isStream: true }),
    show: showEvents,
  },
  {
    heading: 'It is delivered',
    why: 'The order as it is after the last event.',
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
    request: (story) => orderRequest(story, 'ORDER_ID', { path: '/shipment' }),
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
    request: (story) => orderRequest(story, 'ORDER_ID', { path: '/timeline' }),
    checks: () => [
      status(200),
      column('version', [1, 2, 3, 4, 5]),
      column('payload.status', [null, 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED']),
    ],
  },
  {
    heading: 'The same events, from the feed',
    why: 'Without a stream: a reader asks for the events behind its cursor, and can wait for the next one.',
    request: ({ orderUrl, variables }) => ({
      method: 'GET',
      url: `${orderUrl}/events?after=${variables['CURSOR'] ?? ''}&order_id=${variables['ORDER_ID'] ?? ''}`,
      token: 'TOKEN',
    }),
    excerpt: ({ body }) => withShortOrders(body),
    checks: () => [status(200), column('type', EVENTS), column('version', [1, 2, 3, 4, 5])],
  },
];

/** Prints each event of the first order's stream as it arrives. */
async function showEvents({ events }: Story): Promise<Finding[]> {
  const seen: OrderEvent[] = [];
  const isLast = ({ type }: OrderEvent): boolean => type === 'order.delivered';
  for await (const { value, afterMs } of events?.until(isLast, DELIVERED_WITHIN_MS) ?? []) {
    seen.push(value);
    showArrival(
      afterMs,
      [value.type, 24],
      [`version ${String(value.version)}`, 11],
      [value.data.order.status, 0],
    );
  }
  showNote(`${seen.at(-1)?.data.order.status ?? ''} ${secondsSinceCall()} after the command was called`);
  return [
    { what: 'types', expected: EVENTS, found: seen.map(({ type }) => type) },
    { what: 'versions', expected: [1, 2, 3, 4, 5], found: seen.map(({ version }) => version) },
  ];
}

/** Each event contains the whole order. */
const withShortOrders = (body: unknown): unknown => ({
  ...(body as object),
  data: (at(body, 'data') as OrderEvent[]).map(({ id, type, version, data: { order } }) => ({
    ...{ id, type, version },
    data: { order: { status: order.status, '…': '…' } },
  })),
});
