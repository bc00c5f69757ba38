import { type OrderSnapshot } from '../../shared/contracts/messages';
import { type ShipmentStep } from './shipment';
import { statusChanged } from './status-changed';

export interface AcceptedOrder {
  orderId: string;
  order: OrderSnapshot;
  shipmentId: string;
  correlationId: string;
  traceparent: string;
  /** When to ask the carrier first, in milliseconds. */
  firstPollInMs: number;
}

/** Accepts an order: the first step of its shipment. */
export function acceptOrder(accepted: AcceptedOrder, now: Date): ShipmentStep {
  const { orderId, order, shipmentId, correlationId, traceparent, firstPollInMs } = accepted;
  const shipment = {
    shipmentId,
    correlationId,
    traceparent,
    orderId,
    clientId: order.client_id,
    customerId: order.customer_id,
    items: order.items,
    status: 'PROCESSING' as const,
    version: 1,
    attempts: 0,
    carrier: null,
    trackingNumber: null,
    estimatedDelivery: null,
    createdAt: now,
    updatedAt: now,
  };
  return statusChanged(shipment, null, firstPollInMs);
}
