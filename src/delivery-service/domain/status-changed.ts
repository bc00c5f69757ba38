import { type ShipmentStatus } from '../../shared/contracts/status-machines';
import { type NextStep, type Shipment, type ShipmentStep } from './shipment';

/**
 * The step that ends with `shipment`, as the Order Service is told of it.
 *
 * @param actor the operator who took it, when it was not the carrier.
 */
export function statusChanged(
  shipment: Shipment,
  previous: ShipmentStatus | null,
  nextStep: NextStep,
  actor?: string,
): ShipmentStep {
  const payload = {
    shipment_id: shipment.shipmentId,
    status: shipment.status,
    previous_status: previous,
    carrier: shipment.carrier,
    tracking_number: shipment.trackingNumber,
    estimated_delivery: shipment.estimatedDelivery?.toISOString() ?? null,
    attempts: shipment.attempts,
    ...(actor !== undefined && { actor }),
  };
  return { shipment, fact: { type: 'SHIPMENT_STATUS_CHANGED', payload }, nextStep };
}
