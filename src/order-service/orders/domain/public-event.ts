import {
  EVENT_API_VERSION,
  type OrderEventType,
  type PublicOrderEvent,
} from '../../../shared/contracts/public-event';
import { type OrderStatus } from '../../../shared/contracts/status-machines';
import { cancellationAfter } from './apply-shipment-message';
import { createdOrder, evolveOrder, type OrderLogEvent } from './evolve-order';
import { type Order } from './order';
import { toOrderResource } from './order-resource';

/** An event of an order as the log has it, with the members that a public event shows. */
export interface OrderLogEntry extends OrderLogEvent {
  eventId: string;
  correlationId: string;
}

/** An event with its public type and the order as it was at that version. */
export interface OrderStepAt {
  entry: OrderLogEntry;
  type: OrderEventType;
  order: Order;
}

const TYPE_OF_STATUS: Readonly<Record<OrderStatus, OrderEventType>> = {
  PENDING_SHIPMENT: 'order.updated',
  SHIPPED: 'order.shipped',
  IN_TRANSIT: 'order.in_transit',
  OUT_FOR_DELIVERY: 'order.out_for_delivery',
  DELIVERED: 'order.delivered',
  DELIVERY_FAILED: 'order.delivery_failed',
  RETURNED: 'order.returned',
  CANCELLED: 'order.cancelled',
};

export const typeOfStatus = (status: OrderStatus): OrderEventType => TYPE_OF_STATUS[status];

/**
 * The public type of an event: what changed between the order before it and after it. Every event of an order has exactly one. A new status
 * takes precedence over the answer to a cancellation request that comes with it.
 *
 * @param before null: the event placed the order.
 */
export function publicTypeOf(before: Order | null, after: Order): OrderEventType {
  if (before === null) return 'order.created';
  if (after.status !== before.status) return typeOfStatus(after.status);
  if (after.cancellation === before.cancellation) return 'order.updated';
  if (after.cancellation === 'requested') return 'order.cancellation_requested';
  return after.cancellation === 'refused' ? 'order.cancellation_refused' : 'order.updated';
}

/** Whether public events can be built from the log alone; otherwise {@link publicEventsOf} needs the present order too. */
export function isComplete(log: readonly OrderLogEntry[]): boolean {
  const [first] = log;
  return first !== undefined && isCreation(first) && hasMember(first, 'metadata') && log.every(isAtItsPlace);
}

/**
 * The steps of an order, oldest first: each event of its log with its public type and the order at that version.
 *
 * Events of earlier releases lack `metadata`, which never changes, and `cancellation`, which follows from the event. The log of an order that
 * ended long ago lacks older events; what those determined is as in the present order, except the status and the shipping data, which each
 * of the remaining events contains.
 *
 * @param log the events of one order, oldest first
 * @param present the order at the last version of the log or later; required unless {@link isComplete}
 */
export function stepsOf(log: readonly OrderLogEntry[], present: Order | null): OrderStepAt[] {
  let last: Order | null = null;
  return log.map((entry, index) => {
    const isNext = last !== null && last.version === entry.version - 1;
    const before = isCreation(entry) ? null : isNext ? last : orderBefore(log.slice(index), present);
    const order = before ? orderAfter(before, entry) : placedOrder(entry, present);
    last = order;
    return { entry, type: publicTypeOf(before, order), order };
  });
}

/** The public form of a step. */
export function toPublicEvent({ entry, type, order }: OrderStepAt): PublicOrderEvent {
  return {
    id: entry.eventId,
    type,
    api_version: EVENT_API_VERSION,
    order_id: entry.subjectId,
    version: entry.version,
    occurred_at: entry.occurredAt.toISOString(),
    correlation_id: entry.correlationId,
    data: { order: toOrderResource(order) },
  };
}

/** The present state of an order whose events were removed, as an event with the order's own id. */
export function presentState(order: Order): PublicOrderEvent {
  return {
    id: order.orderId,
    type: typeOfStatus(order.status),
    api_version: EVENT_API_VERSION,
    order_id: order.orderId,
    version: order.version,
    occurred_at: order.updatedAt.toISOString(),
    correlation_id: order.orderId,
    data: { order: toOrderResource(order) },
  };
}

/** The order before the first of the given events, when older events are gone: as it is now, without what the given events changed. */
function orderBefore(log: readonly OrderLogEntry[], present: Order | null): Order {
  const known = required(present, log[0]);
  const payloads = log.map(({ payload }) => payload as { previous_status?: OrderStatus });
  const status = payloads.find(({ previous_status: previous }) => previous !== undefined)?.previous_status;
  const isAsked = log.some(
    ({ type }) => type === 'ORDER_CANCEL_REQUESTED' || type === 'ORDER_CANCEL_REFUSED',
  );
  return {
    ...known,
    status: status ?? known.status,
    cancellation: isAsked ? null : known.cancellation,
  };
}

function placedOrder(entry: OrderLogEntry, present: Order | null): Order {
  const order = createdOrder(entry);
  return hasMember(entry, 'metadata') ? order : { ...order, metadata: required(present, entry).metadata };
}

function orderAfter(before: Order, entry: OrderLogEntry): Order {
  const after = { ...evolveOrder(before, entry, entry.occurredAt), version: entry.version };
  return hasMember(entry, 'cancellation')
    ? after
    : { ...after, cancellation: impliedCancellation(before, after, entry.type) };
}

/** The state of the cancellation request after an event that does not contain it. */
function impliedCancellation(before: Order, after: Order, type: string): Order['cancellation'] {
  if (type === 'ORDER_CANCEL_REQUESTED') return 'requested';
  if (type === 'ORDER_CANCEL_REFUSED') return 'refused';
  return cancellationAfter(before, after.status);
}

const isCreation = ({ type }: OrderLogEntry): boolean => type === 'ORDER_CREATED';

const hasMember = ({ payload }: OrderLogEntry, name: string): boolean => name in (payload as object);

const isAtItsPlace = ({ version }: OrderLogEntry, index: number): boolean => version === index + 1;

function required(present: Order | null, entry: OrderLogEntry | undefined): Order {
  if (!present) throw new Error(`the log of ${entry?.subjectId ?? 'an order'} is incomplete`);
  return present;
}
