import { v7 as uuidv7 } from 'uuid';
import { shipmentIdOf } from '../../../src/delivery-service/services/accept-order';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { requestFingerprint } from '../../../src/shared/idempotency/idempotency-key';
import { isStatus, type Life, orderStatuses, type ShipmentStep } from './lives';

export type Row = Record<string, unknown>;

/** The rows of one order in the tables of both services, as the previous release writes them; see {@link tablesOf} for those of its events. */
export interface FormerOrder {
  life: Life;
  orderId: string;
  client: string;
  /** The Idempotency-Key, and the customer. */
  key: string;
  body: object;
  /** The answer to the request that placed the order. */
  response: string;
  order: Row;
  item: Row;
  idempotencyRecord: Row;
  shipment: Row | null;
  orderEvents: Row[];
  shipmentEvents: Row[];
}

/** The body of every request, but for the customer. */
export const bodyOf = (customer: string) => ({
  customer_id: customer,
  items: [{ product_id: 'lamp', quantity: 2, unit_price: 79.9 }],
});

const SHIPPING = {
  carrier: 'simulated',
  tracking_number: 'SIM1',
  estimated_delivery: '2026-12-24T10:00:00.000Z',
};
const NO_SHIPPING = { carrier: null, tracking_number: null, estimated_delivery: null };

/** @param placedAt in milliseconds since 1970 */
export function formerOrder(life: Life, key: string, client: string, placedAt: number): FormerOrder {
  const orderId = uuidv7({ msecs: placedAt });
  const at = new Date(placedAt).toISOString();
  const [body, total] = [bodyOf(key), 159.8];
  const snapshot = { client_id: client, ...body, currency: 'USD', total_amount: total };
  const base = { orderId, client, at, snapshot };
  const orderEvents = orderLog(life, base);
  const steps = life.shipment.filter(isStatus);
  const shipping = steps.includes('SHIPPED') ? SHIPPING : NO_SHIPPING;
  const status = orderStatuses(life).at(-1);
  const times = { created_at: at, updated_at: at };
  const response = JSON.stringify({
    ...{ order_id: orderId, ...body, currency: 'USD', total_amount: total, status: 'PENDING_SHIPMENT' },
    ...{ version: 1, cancellation: null, shipping: null, metadata: {}, ...times },
  });
  return {
    ...{ life, orderId, client, key, body, response, orderEvents },
    order: {
      ...{ order_id: orderId, client_id: client, customer_id: key, currency: 'USD', total_minor: 15_980 },
      ...{ status, version: orderEvents.length, cancellation: cancellationOf(life), metadata: {} },
      ...(status !== 'PENDING_SHIPMENT' && status !== 'CANCELLED' ? SHIPPING : NO_SHIPPING),
      ...{ shipment_version: life.applied, ...times },
    },
    item: { order_id: orderId, line: 1, product_id: 'lamp', quantity: 2, unit_price_minor: 7_990 },
    idempotencyRecord: {
      ...{ client_id: client, route: 'POST /orders', kind: 'key', key, order_id: orderId },
      ...{ fingerprint: requestFingerprint('POST /orders', body), response_status: 201 },
      ...{ response_body: response, until_cancelled: false },
    },
    shipment:
      life.shipment.length === 0 ? null : { ...shipmentOf(life, base), customer_id: key, ...shipping },
    shipmentEvents: shipmentLog(life, base),
  };
}

interface Base {
  orderId: string;
  client: string;
  at: string;
  snapshot: object;
}

function cancellationOf({ isCancelRequested, shipment, applied }: Life): string | null {
  if (isCancelRequested !== true) return null;
  return shipment.slice(0, applied).includes('CANCELLED') ? 'confirmed' : 'requested';
}

function orderLog(life: Life, base: Base): Row[] {
  const sent = [
    { type: 'ORDER_CREATED', payload: { ...base.snapshot, metadata: {} } },
    ...(life.isCancelRequested === true
      ? [{ type: 'ORDER_CANCEL_REQUESTED', payload: { ...base.snapshot, cancellation: 'requested' } }]
      : []),
  ];
  const statuses = orderStatuses(life);
  const followed = statuses.slice(1).map((status, index) => ({
    ...{ previous_status: statuses[index], status, shipment_id: shipmentIdOf(base.orderId) },
    ...{ shipment_version: index + 2, attempts: index < 2 ? 0 : 1 },
    ...(status === 'CANCELLED' ? { ...NO_SHIPPING, cancellation: 'confirmed' } : SHIPPING),
  }));
  return [
    ...sent.map((message, index) =>
      event(base, index + 1, {
        ...{ ...message, actor: base.client, queue: ORDERS_QUEUE },
        ...publication(life.unsent[0] > sent.length - 1 - index, base.at, life.isResent === true),
      }),
    ),
    ...followed.map((payload, index) =>
      event(base, sent.length + index + 1, {
        ...{ type: 'ORDER_STATUS_CHANGED', payload, actor: 'delivery-service', queue: null },
        ...publication(true, base.at, false),
      }),
    ),
  ];
}

function shipmentLog({ shipment: steps, unsent }: Life, base: Base): Row[] {
  return steps.map((_, index) =>
    event(base, index + 1, {
      ...{ actor: 'delivery-service', queue: DELIVERY_STATUS_QUEUE },
      ...shipmentEvent(steps, index, shipmentIdOf(base.orderId)),
      ...publication(unsent[1] > steps.length - 1 - index, base.at, false),
    }),
  );
}

function shipmentEvent(steps: readonly ShipmentStep[], index: number, shipmentId: string): Row {
  const step = steps[index]!;
  const statuses = steps.slice(0, index).filter(isStatus);
  const before = statuses.at(-1) ?? null;
  if (!isStatus(step))
    return { type: 'SHIPMENT_CANCEL_REFUSED', payload: { shipment_id: shipmentId, status: before } };
  const hasShipped = statuses.includes('SHIPPED') || step === 'SHIPPED';
  const payload = {
    ...{ shipment_id: shipmentId, status: step, previous_status: before },
    ...(hasShipped ? SHIPPING : NO_SHIPPING),
    attempts: attemptsOf([...statuses, step]),
  };
  return { type: 'SHIPMENT_STATUS_CHANGED', payload };
}

const attemptsOf = (steps: readonly ShipmentStep[]): number =>
  steps.filter((step) => step === 'OUT_FOR_DELIVERY').length;

const publication = (isUnsent: boolean, at: string, isResent: boolean) => ({
  published_at: isUnsent ? null : at,
  resends: isResent ? 1 : 0,
});

function shipmentOf({ shipment: steps }: Life, { orderId, client, at, snapshot }: Base): Row {
  const status = steps.filter(isStatus).at(-1);
  const hasEnded = status === 'DELIVERED' || status === 'RETURNED' || status === 'CANCELLED';
  return {
    ...{ shipment_id: shipmentIdOf(orderId), order_id: orderId, client_id: client, status },
    ...{ items: (snapshot as { items: unknown }).items, version: steps.length, attempts: attemptsOf(steps) },
    ...{ correlation_id: orderId, traceparent: TRACEPARENT, created_at: at, updated_at: at },
    next_step_at: hasEnded ? null : new Date().toISOString(),
  };
}

const TRACEPARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';

function event({ orderId, client, at }: Base, version: number, members: Row): Row {
  return {
    ...{ event_id: uuidv7(), subject_type: 'order', subject_id: orderId, owner: client, order_id: orderId },
    ...{ version, correlation_id: orderId, traceparent: TRACEPARENT },
    ...{ occurred_at: at, attempts: null, next_attempt_at: null, last_error: null, ...members },
  };
}

const OF_MESSAGE = ['queue', 'published_at', 'resends', 'attempts', 'next_attempt_at', 'last_error'];

/** Events with what became of their messages, as rows of the three tables of a log; only "events" has the column that numbers them. */
export function tablesOf(events: readonly Row[]): { events: Row[]; outbox: Row[]; publications: Row[] } {
  const sent = events.filter(({ queue }) => queue !== null);
  return {
    events: events.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !OF_MESSAGE.includes(name))),
    ),
    outbox: sent
      .filter(({ published_at: at }) => at === null)
      .map(({ subject_id, version, queue, resends, attempts, next_attempt_at, last_error }) => ({
        ...{ subject_id, version, queue, resend: resends, attempts, next_attempt_at, last_error },
      })),
    publications: sent
      .filter(({ published_at: at }) => at !== null)
      .map(({ subject_id, version, resends, published_at }) => ({
        ...{ subject_id, version, resend: resends, published_at },
      })),
  };
}
