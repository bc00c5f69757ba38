import { type OrderSnapshot } from '../../shared/contracts/messages';
import { type ShipmentResource } from '../../shared/contracts/shipment-resource';
import { shipmentMachine, type ShipmentStatus } from '../../shared/contracts/status-machines';

export interface Shipment {
  shipmentId: string;
  orderId: string;
  clientId: string;
  customerId: string;
  items: OrderSnapshot['items'];
  status: ShipmentStatus;
  /** Counts the shipment's events: 1 when accepted. */
  version: number;
  /** How often the parcel has gone out for delivery. */
  attempts: number;
  carrier: string | null;
  trackingNumber: string | null;
  estimatedDelivery: Date | null;
  /** The correlation id of the request that placed the order; every later step has it too. */
  correlationId: string;
  traceparent: string;
  createdAt: Date;
  updatedAt: Date;
}

/** Whether no step can follow. */
export const hasEnded = ({ status }: Shipment): boolean => shipmentMachine.isEnd(status);

/** The event that a step reports to the Order Service. */
export interface ShipmentEvent {
  type: 'SHIPMENT_STATUS_CHANGED' | 'SHIPMENT_CANCEL_REFUSED';
  payload: unknown;
}

/** When to ask the carrier next: in that many milliseconds, never again, or at the time that is planned already. */
export type NextStep = number | 'never' | 'as planned';

/** The shipment after a step, the event to record and send, and when to ask the carrier next. */
export interface ShipmentStep {
  shipment: Shipment;
  event: ShipmentEvent;
  nextStep: NextStep;
}

/** The shipment as the API shows it. */
export function toShipmentResource(shipment: Shipment): ShipmentResource {
  return {
    shipment_id: shipment.shipmentId,
    order_id: shipment.orderId,
    status: shipment.status,
    version: shipment.version,
    attempts: shipment.attempts,
    carrier: shipment.carrier,
    tracking_number: shipment.trackingNumber,
    estimated_delivery: shipment.estimatedDelivery?.toISOString() ?? null,
    created_at: shipment.createdAt.toISOString(),
    updated_at: shipment.updatedAt.toISOString(),
  };
}
