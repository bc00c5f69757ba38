import { expect } from 'chai';
import fc from 'fast-check';
import { v7 as uuidv7, validate, version } from 'uuid';
import { shipmentIdOf } from '../../src/delivery-service/services/accept-order';

const orderIds = fc.integer({ min: 0, max: 2 ** 42 }).map((msecs) => uuidv7({ msecs }));

describe('the id of a shipment', () => {
  it('given an order, then it is a UUIDv7, always the same, and different for another order', () => {
    fc.assert(
      fc.property(orderIds, orderIds, (orderId, other) => {
        const id = shipmentIdOf(orderId);
        expect([validate(id), version(id)]).to.deep.equal([true, 7]);
        expect(shipmentIdOf(orderId)).to.equal(id);
        expect(shipmentIdOf(other) === id).to.equal(other === orderId);
        expect(id).to.not.equal(orderId);
      }),
    );
  });

  it('given orders of different times, then their shipment ids sort in the same order', () => {
    fc.assert(
      fc.property(orderIds, orderIds, (one, other) => {
        fc.pre(one.slice(0, 13) !== other.slice(0, 13));
        expect(shipmentIdOf(one) < shipmentIdOf(other)).to.equal(one < other);
      }),
    );
  });
});
