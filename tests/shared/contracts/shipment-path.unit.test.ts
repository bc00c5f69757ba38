import { expect } from 'chai';
import fc from 'fast-check';
import {
  MAX_DELIVERY_ATTEMPTS,
  pathTo,
  relationOf,
  shipmentMachine,
  type ShipmentState,
  type ShipmentStatus,
} from '../../../src/shared/contracts/status-machines';

/** Every state that the table allows, each with its path. */
function allWays(): ShipmentState[][] {
  const ways: ShipmentState[][] = [[{ status: 'PROCESSING', attempts: 0 }]];
  for (const way of ways) ways.push(...followers(way.at(-1)!).map((state) => [...way, state]));
  return ways;
}

function followers({ status, attempts }: ShipmentState): ShipmentState[] {
  const next = (to: ShipmentStatus) => ({
    status: to,
    attempts: attempts + (to === 'OUT_FOR_DELIVERY' ? 1 : 0),
  });
  return shipmentMachine
    .allowedFrom(status)
    .map(next)
    .filter((state) => state.attempts <= MAX_DELIVERY_ATTEMPTS);
}

const WAYS = allWays();
const someWay = fc.constantFrom(...WAYS);
const isStartOf = (way: ShipmentState[], of: ShipmentState[]): boolean =>
  way.every((state, index) => JSON.stringify(state) === JSON.stringify(of[index]));

describe('the path of a shipment', () => {
  it('given each state that the table allows, then its path is unique', () => {
    expect(WAYS).to.have.length(16);
    for (const way of WAYS) expect(pathTo(way.at(-1)!)).to.deep.equal(way);
  });

  it('given any two states, then one precedes the other exactly if its path is a prefix of the other’s', () => {
    fc.assert(
      fc.property(someWay, someWay, (way, other) => {
        const [one, two] = [way.at(-1)!, other.at(-1)!];
        const isSameEnd = one.status === two.status && shipmentMachine.isEnd(one.status);
        const expected =
          isSameEnd || JSON.stringify(way) === JSON.stringify(other)
            ? 'same'
            : isStartOf(way, other)
              ? 'before'
              : isStartOf(other, way)
                ? 'after'
                : 'apart';
        expect(relationOf(one, two)).to.equal(expected);
        const turned = { same: 'same', before: 'after', after: 'before', apart: 'apart' } as const;
        expect(relationOf(two, one)).to.equal(turned[expected]);
      }),
      { numRuns: 500 },
    );
  });
});
