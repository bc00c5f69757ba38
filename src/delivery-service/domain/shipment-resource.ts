import { type ShipmentResource } from '../../shared/contracts/shipment-resource';
import { type Shipment } from './shipment';

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
