import { type Currency, type MinorUnits } from '../../../shared/contracts/money';
import { type Cancellation, type OrderStatus } from '../../../shared/contracts/status-machines';

export interface OrderItem {
  /** The shop's own code. */
  productId: string;
  quantity: number;
  unitPrice: MinorUnits;
  /** The product of the catalogue that had this code when the order was placed; absent for a free item. */
  catalogue?: { readonly productId: string; readonly name: string };
}

/** The known shipping data of a parcel; at least one member is not null. */
export interface Shipping {
  carrier: string | null;
  trackingNumber: string | null;
  estimatedDelivery: Date | null;
}

export interface Order {
  orderId: string;
  clientId: string;
  customerId: string;
  items: readonly OrderItem[];
  currency: Currency;
  total: MinorUnits;
  status: OrderStatus;
  /** Counts the order's events: 1 when placed. */
  version: number;
  cancellation: Cancellation | null;
  shipping: Shipping | null;
  metadata: Readonly<Record<string, string>>;
  /** The version of the last shipment message that was applied; 0 before the first. */
  shipmentVersion: number;
  createdAt: Date;
  updatedAt: Date;
}

/** The event that a step writes to the log; `sent` events also go to the Delivery Service. */
export interface OrderEvent {
  type:
    | 'ORDER_CREATED'
    | 'ORDER_CANCEL_REQUESTED'
    | 'ORDER_STATUS_CHANGED'
    | 'ORDER_SHIPPING_CHANGED'
    | 'ORDER_CANCEL_REFUSED';
  payload: unknown;
  sent: boolean;
}

/** The order after a step and the event to record; `event` is null when the step changes nothing that the customer sees. */
export interface OrderStep<F extends OrderEvent | null = OrderEvent | null> {
  order: Order;
  event: F;
}

/** The last state of a shipment that the Delivery Service reported. */
export interface LastKnownShipment {
  shipmentId: string;
  orderId: string;
  orderStatus: OrderStatus;
  version: number;
  attempts: number;
  carrier: string | null;
  trackingNumber: string | null;
  estimatedDelivery: Date | null;
  reportedAt: Date;
}

/** Returns null when all members are null. */
export function shippingOf(known: Shipping): Shipping | null {
  const { carrier, trackingNumber, estimatedDelivery } = known;
  const isKnown = carrier !== null || trackingNumber !== null || estimatedDelivery !== null;
  return isKnown ? { carrier, trackingNumber, estimatedDelivery } : null;
}
