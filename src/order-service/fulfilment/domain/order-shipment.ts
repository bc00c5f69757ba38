import { shipmentStatusFor } from '../../../shared/contracts/status-machines';
import { type OrderShipment, type ShipmentResource } from '../../../shared/contracts/shipment-resource';
import { type LastKnownShipment } from '../../orders/domain/order';

/** The current state of the shipment at the Delivery Service. */
export function currentShipment(shipment: ShipmentResource, now: Date): OrderShipment {
  return {
    shipment_id: shipment.shipment_id,
    order_id: shipment.order_id,
    status: shipment.status,
    version: shipment.version,
    attempts: shipment.attempts,
    carrier: shipment.carrier,
    tracking_number: shipment.tracking_number,
    estimated_delivery: shipment.estimated_delivery,
    stale: false,
    as_of: now.toISOString(),
  };
}

/** The last state of the shipment that the Delivery Service reported. */
export function lastKnownShipment(known: LastKnownShipment): OrderShipment {
  return {
    shipment_id: known.shipmentId,
    order_id: known.orderId,
    status: shipmentStatusFor(known.orderStatus),
    version: known.version,
    attempts: known.attempts,
    carrier: known.carrier,
    tracking_number: known.trackingNumber,
    estimated_delivery: known.estimatedDelivery?.toISOString() ?? null,
    stale: true,
    as_of: known.reportedAt.toISOString(),
  };
}
