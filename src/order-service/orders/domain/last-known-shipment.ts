import { type OrderStatus } from '../../../shared/contracts/order-status';

/** What the Delivery Service last told of a shipment. */
export interface LastKnownShipment {
  shipmentId: string;
  orderId: string;
  orderStatus: OrderStatus;
  version: number;
  attempts: number;
  carrier: string | null;
  trackingNumber: string | null;
  estimatedDelivery: Date | null;
  toldAt: Date;
}
