import { shipmentMachine } from '../../shared/contracts/shipment-status';
import { type Shipment, type ShipmentStep } from './shipment';
import { statusChanged } from './status-changed';

/** Answers the wish to cancel: the shipment is cancelled while it can be, else the wish is refused and the parcel goes on. */
export function cancelShipment(shipment: Shipment, now: Date): ShipmentStep {
  const next: Shipment = { ...shipment, version: shipment.version + 1, updatedAt: now };
  if (shipmentMachine.isAllowed(shipment.status, 'CANCELLED')) {
    return statusChanged({ ...next, status: 'CANCELLED' }, shipment.status, 'never');
  }
  const payload = { shipment_id: shipment.shipmentId, status: shipment.status };
  return { shipment: next, fact: { type: 'SHIPMENT_CANCEL_REFUSED', payload }, nextStep: 'as planned' };
}
