import { expect } from 'chai';
import fc from 'fast-check';
import { matches, mayMatch } from '../../../src/order-service/orders/domain/event-filter';
import { type Order } from '../../../src/order-service/orders/domain/order';
import { toOrderResource } from '../../../src/order-service/orders/domain/order-resource';
import {
  isComplete,
  type OrderLogEntry,
  stepsOf,
  toPublicEvent,
} from '../../../src/order-service/orders/domain/public-event';
import {
  ORDER_EVENT_TYPES,
  orderEvent,
  type OrderEventType,
} from '../../../src/shared/contracts/public-event';
import { EXAMPLE_LIVES, type Life, lifeOf, newOrders } from '../../support/order-lives';
import { happenings } from '../../support/shipment-histories';

/** Checks a property of any life of an order. */
function givenAnyLife(check: (life: Life) => void): void {
  const property = fc.property(newOrders, happenings, fc.nat(8), (input, some, cancelAt) =>
    check(lifeOf(input, some, cancelAt)),
  );
  fc.assert(property, { numRuns: 300, examples: EXAMPLE_LIVES });
}

const typesOf = (log: readonly OrderLogEntry[], present: Order | null = null): OrderEventType[] =>
  stepsOf(log, present).map(({ type }) => type);

const without = (entry: OrderLogEntry, ...names: string[]): OrderLogEntry => ({
  ...entry,
  payload: Object.fromEntries(
    Object.entries(entry.payload as object).filter(([name]) => !names.includes(name)),
  ),
});

/** As the previous release writes events. */
const former = (entry: OrderLogEntry): OrderLogEntry => without(entry, 'metadata', 'cancellation');

describe('a public event', () => {
  it('given any life of an order, then each event of its log is one public event with the order as it was at that version', () => {
    const seen = new Set<OrderEventType>();
    givenAnyLife(({ log, states }) => {
      expect(isComplete(log)).to.equal(true);
      const events = stepsOf(log, null).map(toPublicEvent);
      expect(events.map(({ data }) => data.order)).to.deep.equal(states.map(toOrderResource));
      expect(events.map(({ version }) => version)).to.deep.equal(states.map((_, index) => index + 1));
      expect(events.map(({ id }) => id)).to.deep.equal(log.map(({ eventId }) => eventId));
      for (const event of events) {
        expect(orderEvent.safeParse(event).error).to.equal(undefined);
        seen.add(event.type);
      }
    });
    expect([...seen]).to.have.members(ORDER_EVENT_TYPES);
  });

  it('given events as the previous release wrote them, then its public events are the same', () => {
    givenAnyLife(({ log, states }) => {
      const present = states.at(-1)!;
      const formerLog = log.map(former);
      expect(isComplete(formerLog)).to.equal(false);
      expect(stepsOf(formerLog, present).map(toPublicEvent)).to.deep.equal(
        stepsOf(log, null).map(toPublicEvent),
      );
    });
  });

  it('given releases that write alternately, then its public events are the same', () => {
    givenAnyLife(({ log, states }) => {
      const mixed = log.map((entry, index) => (index % 2 === 0 ? entry : former(entry)));
      expect(stepsOf(mixed, states.at(-1)!).map(toPublicEvent)).to.deep.equal(
        stepsOf(log, null).map(toPublicEvent),
      );
    });
  });

  it('given a log whose oldest events were removed, then the last event has its type and the present order', () => {
    givenAnyLife(({ log, states }) => {
      const lastOf = (some: readonly OrderLogEntry[], present: Order | null) =>
        stepsOf(some, present).map(toPublicEvent).at(-1);
      for (let kept = 1; kept < log.length; kept += 1)
        expect(lastOf(log.slice(-kept), states.at(-1)!)).to.deep.equal(lastOf(log, null));
    });
  });

  it('given an incomplete log without the order, then it is refused', () => {
    const { log } = lifeOf(...EXAMPLE_LIVES[0]!);
    expect(() => stepsOf(log.slice(1), null)).to.throw('is incomplete');
    expect(() => stepsOf(log.map(former), null)).to.throw('is incomplete');
  });

  it('given a status that an event lacks, or an event of an unknown type, then it only says that the order was updated', () => {
    const { log } = lifeOf(...EXAMPLE_LIVES[3]!);
    const [created, shipped] = log;
    expect(typesOf([created!, without(shipped!, 'status')])).to.deep.equal([
      'order.created',
      'order.updated',
    ]);
    const unknown = { ...shipped!, type: 'ORDER_ADDRESS_CHANGED', payload: { street: 'Main Street' } };
    expect(typesOf([created!, unknown])).to.deep.equal(['order.created', 'order.updated']);
  });

  it('given the lives that end in each way, then the types tell the ways', () => {
    const lives = EXAMPLE_LIVES.map((life) => typesOf(lifeOf(...life).log));
    expect(lives[1]).to.deep.equal(['order.created', 'order.cancellation_requested', 'order.cancelled']);
    expect(lives[2]).to.include('order.cancellation_requested').and.to.include('order.delivered');
    expect(lives[3]!.at(-1)).to.equal('order.delivered');
    expect(lives[0]!.slice(-2)).to.deep.equal(['order.delivery_failed', 'order.returned']);
  });

  it('given any filter by types, then an event that matches is never left out before its order is known', () => {
    givenAnyLife(({ log }) => {
      for (const step of stepsOf(log, null))
        for (const type of ORDER_EVENT_TYPES)
          expect(
            mayMatch({ ...step.entry, subjectType: 'order' }, { types: [type] }) ||
              !matches(step, { types: [type] }),
          ).to.equal(true);
    });
  });
});
