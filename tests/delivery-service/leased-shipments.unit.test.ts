import { expect } from 'chai';
import { type Shipment } from '../../src/delivery-service/domain/shipment';
import { createLeasedShipments } from '../../src/delivery-service/workers/leased-shipments';

describe('leased shipments', () => {
  const shipment = (shipmentId: string, version = 1) => ({ shipmentId, version }) as Shipment;
  const idsOf = (shipments: readonly Shipment[]) => shipments.map(({ shipmentId }) => shipmentId);

  it('given shipments with different times, then those that are due are taken, longest overdue first, up to the limit', () => {
    let now = 0;
    const leased = createLeasedShipments(() => now);
    leased.add(shipment('late'), 30);
    leased.add(shipment('first'), 10);
    leased.add(shipment('second'), 20);
    expect(leased.takeDue(10)).to.deep.equal([]);
    expect(leased.millisecondsToNext()).to.equal(10);
    now = 25;
    expect(leased.millisecondsToNext()).to.equal(0);
    expect(idsOf(leased.takeDue(1))).to.deep.equal(['first']);
    expect(idsOf(leased.takeDue(10))).to.deep.equal(['second']);
    expect(leased.count()).to.equal(1);
  });

  it('given a shipment that is added again, then its later state replaces the earlier one', () => {
    let now = 0;
    const leased = createLeasedShipments(() => now);
    leased.add(shipment('one', 1), 0);
    leased.add(shipment('one', 2), 5);
    expect(leased.takeDue(10)).to.deep.equal([]);
    now = 5;
    expect(leased.takeDue(10)).to.deep.equal([shipment('one', 2)]);
    expect(leased.millisecondsToNext()).to.equal(null);
  });

  it('given a stop, then all shipments are taken', () => {
    const leased = createLeasedShipments(() => 0);
    leased.add(shipment('one'), 0);
    leased.add(shipment('two'), 1_000);
    expect(idsOf(leased.takeAll())).to.deep.equal(['one', 'two']);
    expect(leased.count()).to.equal(0);
  });
});
