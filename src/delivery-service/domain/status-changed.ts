import { type ShipmentStatus } from '../../shared/contracts/status-machines';
import { type NextStep, type Shipment, type ShipmentStep } from './shipment';

/**
 * The step that results in `shipment`, with the event that reports it to the Order Service.
 *
 * @param actor the operator who took the step; absent if the carrier did.
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
  return { shipment, event: { type: 'SHIPMENT_STATUS_CHANGED', payload }, nextStep };
}
