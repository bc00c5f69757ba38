import fc from 'fast-check';
import { acceptOrder } from '../../src/delivery-service/domain/accept-order';
import {
  advanceShipment,
  allowedSteps,
  cancelShipment,
} from '../../src/delivery-service/domain/advance-shipment';
import { changeShipping } from '../../src/delivery-service/domain/change-shipping';
import {
  type Shipment,
  type ShipmentStep,
  toShipmentResource,
} from '../../src/delivery-service/domain/shipment';
import { applyShipmentMessage } from '../../src/order-service/orders/domain/apply-shipment-message';
import { type Order } from '../../src/order-service/orders/domain/order';
import { placeOrder } from '../../src/order-service/orders/domain/place-order';
import { type OrderLogEntry } from '../../src/order-service/orders/domain/reported-shipment';
import { type OrderView } from '../../src/order-service/orders/domain/compare-shipment';
import { currency } from '../../src/shared/contracts/money';
import { shipmentMachine } from '../../src/shared/contracts/status-machines';
import { type ShipmentMessage } from '../../src/shared/contracts/messages';
import { orderSnapshot } from './messages';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';
const SHIPMENT_ID = '0190a0a0-0000-7000-8000-000000000002';
const NOW = new Date('2026-01-02T03:04:05.000Z');

/** A shipment with all its messages, like in the Delivery Service. */
export interface ShipmentBook {
  shipment: Shipment;
  messages: ShipmentMessage[];
}

/** An order with its event log, like in the Order Service. */
export interface OrderBook {
  order: Order;
  log: OrderLogEntry[];
}

/** The next change of a shipment; `choice` selects one of the legal steps. */
export interface Happening {
  kind: 'step' | 'shipping' | 'refusal';
  choice: number;
}

export const happenings = fc.array(
  fc.record({
    kind: fc.constantFrom<Happening['kind']>('step', 'step', 'step', 'shipping', 'refusal'),
    choice: fc.nat(3),
  }),
  { maxLength: 12 },
);

/** A new shipment with these changes applied. */
export function shipmentAfter(some: readonly Happening[]): ShipmentBook {
  return continued(accepted(), some);
}

export function continued(book: ShipmentBook, some: readonly Happening[]): ShipmentBook {
  return some.reduce((so, happening) => {
    const step = stepFor(so.shipment, happening);
    return step ? afterStep(so, step) : so;
  }, book);
}

/** The shipment in a backup that was taken after `count` messages; null before the first. */
export function restoredTo({ messages }: ShipmentBook, count: number): ShipmentBook | null {
  const kept = messages.slice(0, count);
  const last = kept
    .flatMap((message) => (message.type === 'SHIPMENT_STATUS_CHANGED' ? [message.payload] : []))
    .at(-1);
  if (!last) return null;
  const shipment: Shipment = {
    ...accepted().shipment,
    status: last.status,
    attempts: last.attempts,
    carrier: last.carrier,
    trackingNumber: last.tracking_number,
    estimatedDelivery: last.estimated_delivery === null ? null : new Date(last.estimated_delivery),
    version: kept.length,
  };
  return { shipment, messages: kept };
}

export function afterStep({ messages }: ShipmentBook, { shipment, event }: ShipmentStep): ShipmentBook {
  const message = {
    id: SHIPMENT_ID,
    schema_version: 1,
    order_id: ORDER_ID,
    version: shipment.version,
    occurred_at: NOW.toISOString(),
    correlation_id: 'c',
    traceparent: 't',
    type: event.type,
    payload: event.payload,
  } as ShipmentMessage;
  return { shipment, messages: [...messages, message] };
}

/** A newly placed order. */
export function placedOrder(): OrderBook {
  const input = {
    owner: 'demo-client',
    customerId: 'customer',
    items: [{ productId: 'p', quantity: 1, unitPrice: 100 }],
    currency: currency.parse('USD'),
    metadata: {},
  };
  const { order, event } = placeOrder(input, ORDER_ID, NOW);
  return { order, log: [logged(event.type, { ...orderSnapshot })] };
}

/** @throws IllegalTransitionError when the order cannot follow */
export function followed({ order, log }: OrderBook, messages: readonly ShipmentMessage[]): OrderBook {
  return messages.reduce<OrderBook>(
    (so, message) => withStep(so, applyShipmentMessage(so.order, message, NOW)),
    {
      order,
      log,
    },
  );
}

export function withStep(
  book: OrderBook,
  step: { order: Order; event: { type: string; payload: unknown } | null },
): OrderBook {
  const { order, event } = step;
  return { order, log: event ? [...book.log, logged(event.type, event.payload)] : book.log };
}

/** The order in the form of the store. */
export function viewOf({ order, log }: OrderBook): OrderView {
  const last = log.filter(({ type }) => type === 'ORDER_STATUS_CHANGED').at(-1)?.payload as
    { status: string; attempts: number } | undefined;
  return {
    orderId: order.orderId,
    status: order.status,
    version: order.version,
    attempts: last?.attempts ?? 0,
    shipmentVersion: order.shipmentVersion,
    shipping: order.shipping,
    isCancelRequested: order.cancellation === 'requested',
    isLogConsistent: (last?.status ?? 'PENDING_SHIPMENT') === order.status,
  };
}

export const resourceOf = (book: ShipmentBook | null) => (book ? toShipmentResource(book.shipment) : null);

function accepted(): ShipmentBook {
  const step = acceptOrder(
    {
      orderId: ORDER_ID,
      order: orderSnapshot as never,
      shipmentId: SHIPMENT_ID,
      correlationId: 'c',
      traceparent: 't',
      firstPollInMs: 0,
    },
    NOW,
  );
  return afterStep({ shipment: step.shipment, messages: [] }, step);
}

function stepFor(shipment: Shipment, { kind, choice }: Happening): ShipmentStep | null {
  if (kind === 'refusal') return shipment.status === 'PROCESSING' ? null : cancelShipment(shipment, NOW);
  if (shipmentMachine.isEnd(shipment.status)) return null;
  if (kind === 'shipping') {
    const shipping = { carrier: `c${choice}`, trackingNumber: `t${choice}`, estimatedDelivery: NOW };
    return changeShipping(shipment, shipping, 'operator', NOW);
  }
  const allowed = allowedSteps(shipment);
  const status = allowed[choice % allowed.length]!;
  return advanceShipment(shipment, { status, carrier: 'simulated', trackingNumber: 'n' }, 0, NOW);
}

const logged = (type: string, payload: unknown): OrderLogEntry => ({
  type,
  payload,
  actor: 'delivery-service',
  correlationId: 'c',
  traceparent: 't',
  occurredAt: NOW,
});
