import { expect } from 'chai';
import fc from 'fast-check';
import {
  CANCELLATIONS,
  ORDER_STATUSES,
  orderMachine,
  orderStatusFor,
  SHIPMENT_STATUSES,
  shipmentMachine,
  type StatusMachine,
} from '../../../src/shared/contracts/status-machines';
import { createTestDatabase } from '../../support/databases';
import { rowsOf } from '../../support/rows';

const machines: [name: string, machine: StatusMachine<string>, first: string][] = [
  ['order', orderMachine as StatusMachine<string>, 'PENDING_SHIPMENT'],
  ['shipment', shipmentMachine as StatusMachine<string>, 'PROCESSING'],
];

for (const [name, machine, first] of machines) {
  describe(`the ${name} status table`, () => {
    it('given any path, then it contains only known statuses and ends only at a final status', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 30 }), (choices) => {
          let status = first;
          for (const choice of choices) {
            const next = machine.allowedFrom(status);
            expect(machine.isEnd(status)).to.equal(next.length === 0);
            if (next.length === 0) return;
            status = next[choice % next.length]!;
            expect(machine.statuses).to.include(status);
          }
        }),
      );
    });

    it('given the first status, then every other status is reachable', () => {
      const reached = new Set([first]);
      for (const status of reached) for (const next of machine.allowedFrom(status)) reached.add(next);
      expect([...reached]).to.have.members([...machine.statuses]);
    });
  });
}

describe('the two status tables', () => {
  it('given any step of a shipment, then the order may take the same step', () => {
    for (const from of SHIPMENT_STATUSES) {
      for (const to of SHIPMENT_STATUSES) {
        const [orderFrom, orderTo] = [orderStatusFor(from) ?? 'PENDING_SHIPMENT', orderStatusFor(to)];
        if (orderTo === null) continue;
        expect(orderMachine.isAllowed(orderFrom, orderTo), `${from} ${to}`).to.equal(
          shipmentMachine.isAllowed(from, to),
        );
      }
    }
  });

  it('given the databases, then their CHECK constraints contain exactly the statuses of the tables', async () => {
    const orders = await createTestDatabase('order-service');
    const deliveries = await createTestDatabase('delivery-service');
    expect(await checkedValues(orders, 'orders_status_check')).to.have.members([...ORDER_STATUSES]);
    expect(await checkedValues(orders, 'orders_cancellation_check')).to.have.members([...CANCELLATIONS]);
    expect(await checkedValues(deliveries, 'shipments_status_check')).to.have.members([...SHIPMENT_STATUSES]);
  });
});

async function checkedValues(url: string, constraint: string): Promise<string[]> {
  const sql = 'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1';
  const [row] = await rowsOf<{ definition: string }>(url, sql, [constraint]);
  return [...(row?.definition ?? '').matchAll(/'([^']+)'/g)].map(([, value]) => value!);
}
