import { type OrderSnapshot } from '../../shared/contracts/order-messages';
import { type ShipmentStatus } from '../../shared/contracts/shipment-status';

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
  /** Of the request that placed the order: every later step belongs to it. */
  correlationId: string;
  traceparent: string;
  createdAt: Date;
  updatedAt: Date;
}

/** What a step tells the Order Service. */
export interface ShipmentFact {
  type: 'SHIPMENT_STATUS_CHANGED' | 'SHIPMENT_CANCEL_REFUSED';
  payload: unknown;
}

/** When the carrier is to be asked next: in that many milliseconds, never again, or when it was to be asked anyway. */
export type NextStep = number | 'never' | 'as planned';

/** The shipment after a step, the fact to record and send with it, and how it goes on. */
export interface ShipmentStep {
  shipment: Shipment;
  fact: ShipmentFact;
  nextStep: NextStep;
}
