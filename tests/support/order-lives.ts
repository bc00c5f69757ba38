import fc from 'fast-check';
import { applyShipmentMessage } from '../../src/order-service/orders/domain/apply-shipment-message';
import { requestCancellation } from '../../src/order-service/orders/domain/cancel-order';
import { type Order, type OrderStep } from '../../src/order-service/orders/domain/order';
import { placeOrder } from '../../src/order-service/orders/domain/place-order';
import { type OrderLogEntry } from '../../src/order-service/orders/domain/public-event';
import { currency } from '../../src/shared/contracts/money';
import { leastIdAt } from '../../src/shared/contracts/text';
import { type Happening, shipmentAfter } from './shipment-histories';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';

/** What a client sends for an order. */
export const newOrders = fc.record({
  owner: fc.constantFrom('shop', 'other'),
  customerId: fc.string({ minLength: 1, maxLength: 20 }),
  items: fc.array(
    fc.record(
      {
        productId: fc.string({ minLength: 1, maxLength: 20 }),
        quantity: fc.integer({ min: 1, max: 10_000 }),
        unitPrice: fc.integer({ min: 1, max: 10_000_000 }),
        catalogue: fc.record({ productId: fc.uuid(), name: fc.string({ minLength: 1, maxLength: 20 }) }),
      },
      { requiredKeys: ['productId', 'quantity', 'unitPrice'] },
    ),
    { minLength: 1, maxLength: 5 },
  ),
  currency: fc.constantFrom('USD', 'JPY', 'KWD').map((code) => currency.parse(code)),
  metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 10 })),
});

export interface Life {
  /** The order after each of its events. */
  states: Order[];
  log: OrderLogEntry[];
}

/** Every state and event of an order whose client asks for a cancellation before the message at that index. */
export function lifeOf(
  input: Parameters<typeof placeOrder>[0],
  some: readonly Happening[],
  cancelAt: number,
): Life {
  let second = 0;
  const clock = (): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, (second += 1)));
  const life: Life = { states: [], log: [] };
  let order = take(life, placeOrder(input, ORDER_ID, clock()));
  shipmentAfter(some).messages.forEach((message, index) => {
    const isCancelled = index === cancelAt && order.status === 'PENDING_SHIPMENT';
    if (isCancelled) order = take(life, requestCancellation(order, clock())!);
    order = take(life, applyShipmentMessage(order, message, clock()));
  });
  return life;
}

function take(life: Life, { order, event }: OrderStep): Order {
  if (!event) return order;
  life.states.push(order);
  life.log.push({
    eventId: leastIdAt(order.updatedAt.getTime()),
    correlationId: 'c',
    type: event.type,
    subjectId: order.orderId,
    owner: order.clientId,
    version: order.version,
    // As the database returns it.
    payload: JSON.parse(JSON.stringify(event.payload)) as unknown,
    occurredAt: order.updatedAt,
  });
  return order;
}

/** The random lives seldom include a return without a request to cancel. */
export const EXAMPLE_LIVES = [
  { kind: 'returned', choices: [0, 0, 0, 1, 1], cancelAt: 9 },
  { kind: 'cancelled', choices: [1], cancelAt: 1 },
  { kind: 'cancelled too late', choices: [0, 0, 0, 0], cancelAt: 1 },
  { kind: 'delivered', choices: [0, 0, 0, 0], cancelAt: 9 },
].map(({ choices, cancelAt }): [Parameters<typeof placeOrder>[0], Happening[], number] => [
  fc.sample(newOrders, 1)[0]!,
  choices.map((choice) => ({ kind: 'step', choice })),
  cancelAt,
]);
