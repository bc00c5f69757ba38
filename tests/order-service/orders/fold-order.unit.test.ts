import { expect } from 'chai';
import fc from 'fast-check';
import { evolveOrder, foldOrder } from '../../../src/order-service/orders/domain/evolve-order';
import { type Order } from '../../../src/order-service/orders/domain/order';
import { EXAMPLE_LIVES, lifeOf, newOrders } from '../../support/order-lives';
import { happenings } from '../../support/shipment-histories';

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
      { numRuns: 500, examples: EXAMPLE_LIVES },
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
