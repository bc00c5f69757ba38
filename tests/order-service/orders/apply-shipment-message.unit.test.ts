import { expect } from 'chai';
import fc from 'fast-check';
import { currency } from '../../../src/shared/contracts/money';
import {
  orderMachine,
  type OrderStatus,
  SHIPMENT_STATUSES,
  type ShipmentStatus,
} from '../../../src/shared/contracts/status-machines';
import { type ShipmentMessage } from '../../../src/shared/contracts/messages';
import { IllegalTransitionError } from '../../../src/shared/errors';
import { requestCancellation } from '../../../src/order-service/orders/domain/cancel-order';
import {
  applyShipmentMessage,
  positionOf,
} from '../../../src/order-service/orders/domain/apply-shipment-message';
import { type Order } from '../../../src/order-service/orders/domain/order';

const NOW = new Date('2026-01-02T03:04:05Z');
const SHIPMENT_ID = '0190a0a0-0000-7000-8000-000000000002';

describe('followShipment', () => {
  it('given any sequence of statuses, when the order follows, then it takes exactly the steps of its table', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SHIPMENT_STATUSES), { maxLength: 20 }), (statuses) => {
        let order = anOrder();
        for (const status of statuses) order = followOrRefuse(order, status);
      }),
    );
  });

  it('given a new shipment, when it is accepted, then the order records the message but its status does not change', () => {
    const { order, event } = applyShipmentMessage(anOrder(), statusMessage(1, 'PROCESSING'), NOW);
    expect(order).to.deep.equal({ ...anOrder(), shipmentVersion: 1 });
    expect(event).to.equal(null);
  });

  it('given SHIPPED, then the order shows carrier, tracking number and estimated delivery', () => {
    const { order } = applyShipmentMessage(anOrder(), statusMessage(1, 'SHIPPED'), NOW);
    expect(order).to.include({ status: 'SHIPPED', version: 2, shipmentVersion: 1, updatedAt: NOW });
    expect(order.shipping).to.deep.equal({
      carrier: 'simulated',
      trackingNumber: 'SIM1',
      estimatedDelivery: new Date('2026-01-05T00:00:00.000Z'),
    });
  });

  it('given new shipping data, then only the shipping changes, also before SHIPPED', () => {
    for (const [status, of] of [
      ['PENDING_SHIPMENT', 'PROCESSING'],
      ['IN_TRANSIT', 'IN_TRANSIT'],
    ] as const) {
      const message = statusMessage(1, of);
      Object.assign(message.payload, { previous_status: of, carrier: 'post' });
      const { order, event } = applyShipmentMessage(anOrder({ status }), message, NOW);
      expect(order).to.include({ status, version: 2, shipmentVersion: 1 });
      expect(order.shipping).to.include({ carrier: 'post', trackingNumber: 'SIM1' });
      expect(event).to.deep.include({ type: 'ORDER_SHIPPING_CHANGED', sent: false });
      expect(event?.payload).to.include({ shipment_id: SHIPMENT_ID, attempts: 0, carrier: 'post' });
    }
  });

  it('given a refused cancellation, then the order shows it and continues; a repeat records nothing', () => {
    const asked = anOrder({ cancellation: 'requested' });
    const refused = applyShipmentMessage(asked, refusal(1), NOW);
    expect(refused.order).to.include({ status: 'PENDING_SHIPMENT', cancellation: 'refused' });
    expect(refused.event?.type).to.equal('ORDER_CANCEL_REFUSED');
    const again = applyShipmentMessage(refused.order, refusal(2), NOW);
    expect(again.event).to.equal(null);
    expect(again.order.shipmentVersion).to.equal(2);
  });

  it('given a cancellation without an answer, when the order is delivered, then the cancellation counts as refused', () => {
    const asked = anOrder({ status: 'OUT_FOR_DELIVERY', cancellation: 'requested' });
    expect(applyShipmentMessage(asked, statusMessage(1, 'DELIVERED'), NOW).order.cancellation).to.equal(
      'refused',
    );
  });

  it('given versions, then only the next one is applied', () => {
    const order = anOrder({ shipmentVersion: 3 });
    const positions = [2, 3, 4, 5].map((version) => positionOf(statusMessage(version, 'SHIPPED'), order));
    expect(positions).to.deep.equal(['seen', 'seen', 'next', 'ahead']);
  });
});

describe('requestCancellation', () => {
  it('given each status, then a cancellation is recorded only before SHIPPED', () => {
    for (const status of orderMachine.statuses) {
      const attempt = () => requestCancellation(anOrder({ status }), NOW);
      if (status === 'PENDING_SHIPMENT') expect(attempt()?.order.cancellation).to.equal('requested');
      else expect(attempt, status).to.throw(IllegalTransitionError);
    }
  });

  it('given a refused cancellation, then another request is a conflict', () => {
    expect(() => requestCancellation(anOrder({ cancellation: 'refused' }), NOW)).to.throw('refused');
  });
});

/** Takes a legal step, and checks that an illegal step is refused. */
function followOrRefuse(order: Order, status: ShipmentStatus): Order {
  const message = statusMessage(order.shipmentVersion + 1, status);
  if (status === 'PROCESSING') return applyShipmentMessage(order, message, NOW).order;
  if (!orderMachine.isAllowed(order.status, status as OrderStatus)) {
    expect(() => applyShipmentMessage(order, message, NOW)).to.throw(IllegalTransitionError);
    return order;
  }
  const next = applyShipmentMessage(order, message, NOW).order;
  expect([next.status, next.version]).to.deep.equal([status, order.version + 1]);
  return next;
}

function anOrder(overrides: Partial<Order> = {}): Order {
  return {
    orderId: '0190a0a0-0000-7000-8000-000000000001',
    clientId: 'shop',
    customerId: 'customer',
    items: [{ productId: 'p', quantity: 1, unitPrice: 100 }],
    currency: currency.parse('USD'),
    total: 100,
    status: 'PENDING_SHIPMENT',
    version: 1,
    cancellation: null,
    shipping: null,
    metadata: {},
    shipmentVersion: 0,
    createdAt: NOW,
    updatedAt: NOW,
    ...overrides,
  };
}

const envelopeOf = (version: number) => ({
  id: '0190a0a0-0000-7000-8000-000000000003',
  schema_version: 1 as const,
  order_id: '0190a0a0-0000-7000-8000-000000000001',
  version,
  occurred_at: NOW.toISOString(),
  correlation_id: 'c',
  traceparent: 't',
});

function statusMessage(version: number, status: ShipmentStatus): ShipmentMessage {
  const payload = {
    shipment_id: SHIPMENT_ID,
    status,
    previous_status: null,
    carrier: status === 'PROCESSING' ? null : 'simulated',
    tracking_number: 'SIM1',
    estimated_delivery: '2026-01-05T00:00:00.000Z',
    attempts: 0,
  };
  return { ...envelopeOf(version), type: 'SHIPMENT_STATUS_CHANGED', payload };
}

function refusal(version: number): ShipmentMessage {
  const payload = { shipment_id: SHIPMENT_ID, status: 'SHIPPED' as const };
  return { ...envelopeOf(version), type: 'SHIPMENT_CANCEL_REFUSED', payload };
}
