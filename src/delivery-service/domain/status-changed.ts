import { type ShipmentStatus } from '../../shared/contracts/shipment-status';
import { type NextStep, type Shipment, type ShipmentStep } from './shipment';

/** The step that ends with `shipment`, as the Order Service is told of it. */
export function statusChanged(
  shipment: Shipment,
  previous: ShipmentStatus | null,
  nextStep: NextStep,
): ShipmentStep {
  const payload = {
    shipment_id: shipment.shipmentId,
    status: shipment.status,
    previous_status: previous,
    carrier: shipment.carrier,
    tracking_number: shipment.trackingNumber,
    estimated_delivery: shipment.estimatedDelivery?.toISOString() ?? null,
    attempts: shipment.attempts,
  };
  return { shipment, fact: { type: 'SHIPMENT_STATUS_CHANGED', payload }, nextStep };
}
