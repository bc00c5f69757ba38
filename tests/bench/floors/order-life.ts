import { simulatedCarrier } from '../../../src/delivery-service/carriers/simulated-carrier';
import { acceptOrder } from '../../../src/delivery-service/domain/accept-order';
import { advanceShipment } from '../../../src/delivery-service/domain/advance-shipment';
import { type ShipmentStep } from '../../../src/delivery-service/domain/shipment';
import { shipmentIdOf } from '../../../src/delivery-service/services/accept-order';
import { applyShipmentMessage } from '../../../src/order-service/orders/domain/apply-shipment-message';
import { type OrderStep } from '../../../src/order-service/orders/domain/order';
import {
  orderSnapshot,
  shipmentStatusChanged,
  toMessagePayload,
} from '../../../src/shared/contracts/messages';
import { exampleOrder } from './create-order-transaction';

/** The steps of one order from its acceptance to DELIVERED, computed by the code of the services. */
export interface OrderLife {
  /** PROCESSING and the four steps of the carrier. */
  shipmentSteps: ShipmentStep[];
  /** The four steps of the order, each caused by a step of the carrier. */
  orderSteps: OrderStep[];
}

const ORIGIN = {
  correlationId: '3f0c2b1e-8d0a-4c57-9f6e-0b7a4d1c2e90',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
};

export async function orderLife(): Promise<OrderLife> {
  const carrier = simulatedCarrier({ stepMs: 0, failureRate: 0 });
  const shipmentSteps = [accepted()];
  const orderSteps: OrderStep[] = [];
  let { order } = exampleOrder();
  for (;;) {
    const { shipment } = shipmentSteps.at(-1)!;
    const { report, nextPollInMs } = await carrier.poll(shipment);
    if (!report) return { shipmentSteps, orderSteps };
    const step = advanceShipment(shipment, report, nextPollInMs, new Date());
    const applied = applyShipmentMessage(order, messageOf(step), new Date());
    ({ order } = applied);
    shipmentSteps.push(step);
    orderSteps.push(applied);
  }
}

function accepted(): ShipmentStep {
  const { order, event } = exampleOrder();
  const { orderId } = order;
  const snapshot = orderSnapshot.parse(toMessagePayload(event.payload));
  return acceptOrder(
    { ...ORIGIN, orderId, order: snapshot, shipmentId: shipmentIdOf(orderId), firstPollInMs: 0 },
    new Date(),
  );
}

const messageOf = ({ shipment, event }: ShipmentStep) =>
  shipmentStatusChanged.parse({
    id: ORIGIN.correlationId,
    type: event.type,
    schema_version: 1,
    order_id: shipment.orderId,
    version: shipment.version,
    occurred_at: shipment.updatedAt.toISOString(),
    correlation_id: ORIGIN.correlationId,
    traceparent: ORIGIN.traceparent,
    payload: toMessagePayload(event.payload),
  });
