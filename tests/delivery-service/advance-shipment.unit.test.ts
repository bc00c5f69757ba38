import { expect } from 'chai';
import fc from 'fast-check';
import { simulatedCarrier } from '../../src/delivery-service/carriers/simulated-carrier';
import { acceptOrder } from '../../src/delivery-service/domain/accept-order';
import {
  advanceShipment,
  allowedSteps,
  cancelShipment,
} from '../../src/delivery-service/domain/advance-shipment';
import { type Shipment } from '../../src/delivery-service/domain/shipment';
import { orderSnapshot as snapshotSchema } from '../../src/shared/contracts/messages';
import {
  MAX_DELIVERY_ATTEMPTS,
  SHIPMENT_STATUSES,
  shipmentMachine,
} from '../../src/shared/contracts/status-machines';
import { IllegalTransitionError } from '../../src/shared/errors';
import { orderSnapshot } from '../support/messages';

const NOW = new Date('2026-01-02T03:04:05Z');

describe('a shipment', () => {
  it('given any sequence of reports, then it takes exactly the steps of its table, with at most three attempts', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SHIPMENT_STATUSES), { maxLength: 30 }), (statuses) => {
        let shipment = accepted();
        for (const status of statuses) {
          const isAllowed = allowedSteps(shipment).includes(status);
          const step = () => advanceShipment(shipment, { status }, 1000, NOW);
          if (!isAllowed) expect(step).to.throw(IllegalTransitionError);
          else shipment = follow(shipment, step());
        }
        expect(shipment.attempts).to.be.at.most(MAX_DELIVERY_ATTEMPTS);
      }),
    );
  });

  it('given three failed attempts, then it can only be returned', () => {
    expect(allowedSteps({ ...accepted(), status: 'DELIVERY_FAILED', attempts: 2 })).to.deep.equal([
      'OUT_FOR_DELIVERY',
      'RETURNED',
    ]);
    expect(allowedSteps({ ...accepted(), status: 'DELIVERY_FAILED', attempts: 3 })).to.deep.equal([
      'RETURNED',
    ]);
  });

  it('given each status, when a cancellation is requested, then it is confirmed only before SHIPPED', () => {
    for (const status of SHIPMENT_STATUSES) {
      const step = cancelShipment({ ...accepted(), status }, NOW);
      expect(step.shipment.version).to.equal(2);
      if (status === 'PROCESSING') expect(step).to.deep.include({ nextStep: 'never' });
      else expect(step).to.deep.include({ nextStep: 'as planned' });
      expect(step.event.type).to.equal(
        status === 'PROCESSING' ? 'SHIPMENT_STATUS_CHANGED' : 'SHIPMENT_CANCEL_REFUSED',
      );
      expect(step.shipment.status).to.equal(status === 'PROCESSING' ? 'CANCELLED' : status);
    }
  });
});

describe('the simulated carrier', () => {
  it('given no failures, then every shipment is delivered by the shortest path', async () => {
    expect(await wayOf(0)).to.deep.equal([
      'PROCESSING',
      'SHIPPED',
      'IN_TRANSIT',
      'OUT_FOR_DELIVERY',
      'DELIVERED',
    ]);
  });

  it('given only failures, then the shipment is returned after three attempts', async () => {
    const attempts = Array(3).fill(['OUT_FOR_DELIVERY', 'DELIVERY_FAILED']).flat();
    expect(await wayOf(1)).to.deep.equal(['PROCESSING', 'SHIPPED', 'IN_TRANSIT', ...attempts, 'RETURNED']);
  });

  it('given the same shipment, when it is asked twice, then it gives the same answer', async () => {
    const carrier = simulatedCarrier({ stepMs: 5, failureRate: 0.5 });
    const shipment: Shipment = { ...accepted(), status: 'OUT_FOR_DELIVERY', attempts: 1 };
    expect(await carrier.poll(shipment)).to.deep.equal(await carrier.poll(shipment));
  });

  it('given an ended shipment, then there is nothing to report', async () => {
    const { report } = await simulatedCarrier({ stepMs: 5, failureRate: 0 }).poll({
      ...accepted(),
      status: 'DELIVERED',
    });
    expect(report).to.equal(null);
  });
});

async function wayOf(failureRate: number): Promise<string[]> {
  const carrier = simulatedCarrier({ stepMs: 5, failureRate });
  let shipment = accepted();
  const way: string[] = [shipment.status];
  while (!shipmentMachine.isEnd(shipment.status)) {
    const { report, nextPollInMs } = await carrier.poll(shipment);
    shipment = advanceShipment(shipment, report!, nextPollInMs, NOW).shipment;
    way.push(shipment.status);
  }
  return way;
}

function follow(before: Shipment, { shipment, nextStep }: ReturnType<typeof advanceShipment>): Shipment {
  expect(shipment.version).to.equal(before.version + 1);
  expect(nextStep).to.equal(shipmentMachine.isEnd(shipment.status) ? 'never' : 1000);
  return shipment;
}

function accepted(): Shipment {
  const ids = {
    orderId: '0190a0a0-0000-7000-8000-000000000001',
    shipmentId: '0190a0a0-0000-7000-8000-000000000002',
  };
  const order = snapshotSchema.parse(orderSnapshot);
  return acceptOrder({ ...ids, order, correlationId: 'c', traceparent: 't', firstPollInMs: 5 }, NOW).shipment;
}
