import { expect } from 'chai';
import fc from 'fast-check';
import { applyShipmentMessage } from '../../../src/order-service/orders/domain/apply-shipment-message';
import { requestCancellation } from '../../../src/order-service/orders/domain/cancel-order';
import {
  evolveOrder,
  foldOrder,
  type OrderLogEvent,
} from '../../../src/order-service/orders/domain/evolve-order';
import { type Order, type OrderStep } from '../../../src/order-service/orders/domain/order';
import { placeOrder } from '../../../src/order-service/orders/domain/place-order';
import { currency } from '../../../src/shared/contracts/money';
import { type Happening, happenings, shipmentAfter } from '../../support/shipment-histories';

const ORDER_ID = '0190a0a0-0000-7000-8000-000000000001';

/** What a client sends for an order. */
const newOrders = fc.record({
  owner: fc.constantFrom('shop', 'other'),
  customerId: fc.string({ minLength: 1, maxLength: 20 }),
  items: fc.array(
    fc.record({
      productId: fc.string({ minLength: 1, maxLength: 20 }),
      quantity: fc.integer({ min: 1, max: 10_000 }),
      unitPrice: fc.integer({ min: 1, max: 10_000_000 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  currency: fc.constantFrom('USD', 'JPY', 'KWD').map((code) => currency.parse(code)),
  metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 10 })),
});

interface Life {
  /** The order after each of its events. */
  states: Order[];
  log: OrderLogEvent[];
}

/** Every state and event of an order whose client asks for a cancellation before the message at that index. */
function lifeOf(input: Parameters<typeof placeOrder>[0], some: readonly Happening[], cancelAt: number): Life {
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
const EXAMPLES = [
  { kind: 'returned', choices: [0, 0, 0, 1, 1], cancelAt: 9 },
  { kind: 'cancelled', choices: [1], cancelAt: 1 },
  { kind: 'cancelled too late', choices: [0, 0, 0, 0], cancelAt: 1 },
  { kind: 'delivered', choices: [0, 0, 0, 0], cancelAt: 9 },
].map(({ choices, cancelAt }): [Parameters<typeof placeOrder>[0], Happening[], number] => [
  fc.sample(newOrders, 1)[0]!,
  choices.map((choice) => ({ kind: 'step', choice })),
  cancelAt,
]);

const withoutPosition = ({ shipmentVersion: _, ...visible }: Order) => visible;

describe('the log of an order', () => {
  it('given any life, then the order at each version is the fold of its log up to that version', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(newOrders, happenings, fc.nat(8), (input, some, cancelAt) => {
        const { states, log } = lifeOf(input, some, cancelAt);
        states.forEach((state, index) =>
          expect(withoutPosition(foldOrder(log.slice(0, index + 1)))).to.deep.equal(withoutPosition(state)),
        );
        const { status, cancellation } = states.at(-1)!;
        ends.add(`${status} ${String(cancellation)}`);
      }),
      { numRuns: 500, examples: EXAMPLES },
    );
    expect([...ends], 'lives of every kind').to.include.members([
      'DELIVERED null',
      'RETURNED null',
      'CANCELLED confirmed',
      'DELIVERED refused',
    ]);
  });

  it('given a log with a gap, or without its beginning, then it is refused', () => {
    const input = fc.sample(newOrders, 1)[0]!;
    const { log } = lifeOf(
      input,
      [
        { kind: 'step', choice: 0 },
        { kind: 'step', choice: 0 },
      ],
      9,
    );
    expect(log).to.have.lengthOf.above(2);
    expect(() => foldOrder([log[0]!, ...log.slice(2)])).to.throw('version 2 is missing');
    expect(() => foldOrder(log.slice(1))).to.throw('does not begin with ORDER_CREATED');
  });

  it('given an event of an earlier version without shipping and cancellation, then the order keeps those that it has', () => {
    const input = fc.sample(newOrders, 1)[0]!;
    const { states } = lifeOf(input, [{ kind: 'step', choice: 0 }], 9);
    const order = states.at(-1)!;
    const next = evolveOrder(order, { payload: { status: 'IN_TRANSIT' } }, new Date(0));
    expect(next).to.deep.equal({
      ...order,
      status: 'IN_TRANSIT',
      version: order.version + 1,
      updatedAt: new Date(0),
    });
  });
});
