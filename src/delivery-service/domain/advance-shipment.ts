import {
  MAX_DELIVERY_ATTEMPTS,
  shipmentMachine,
  type ShipmentStatus,
} from '../../shared/contracts/status-machines';
import { IllegalTransitionError } from '../../shared/errors';
import { type Shipment, type ShipmentStep } from './shipment';
import { statusChanged } from './status-changed';

/** What the carrier, or an operator in its place, reports of a parcel; what it does not name stays as it was. */
export interface CarrierReport {
  status: ShipmentStatus;
  /** The operator; absent for the carrier itself. */
  actor?: string;
  carrier?: string;
  trackingNumber?: string;
  estimatedDelivery?: Date;
}

/**
 * The shipment after a report of the carrier.
 *
 * @param nextStepInMs when the carrier is to be asked again; ignored at an end.
 * @throws IllegalTransitionError for a step that the table does not have, or a delivery attempt past the last.
 */
export function advanceShipment(
  shipment: Shipment,
  report: CarrierReport,
  nextStepInMs: number,
  now: Date,
): ShipmentStep {
  const allowed = allowedSteps(shipment);
  if (!allowed.includes(report.status))
    throw new IllegalTransitionError(shipment.status, report.status, allowed);
  const next: Shipment = {
    ...shipment,
    status: report.status,
    version: shipment.version + 1,
    attempts: shipment.attempts + (report.status === 'OUT_FOR_DELIVERY' ? 1 : 0),
    carrier: report.carrier ?? shipment.carrier,
    trackingNumber: report.trackingNumber ?? shipment.trackingNumber,
    estimatedDelivery: report.estimatedDelivery ?? shipment.estimatedDelivery,
    updatedAt: now,
  };
  const nextStep = shipmentMachine.isEnd(report.status) ? 'never' : nextStepInMs;
  return statusChanged(next, shipment.status, nextStep, report.actor);
}

/** The table's followers, without another attempt once all have been made. */
export function allowedSteps({ status, attempts }: Shipment): readonly ShipmentStatus[] {
  const allowed = shipmentMachine.allowedFrom(status);
  const isLast = status === 'DELIVERY_FAILED' && attempts >= MAX_DELIVERY_ATTEMPTS;
  return isLast ? allowed.filter((next) => next !== 'OUT_FOR_DELIVERY') : allowed;
}

/** Answers the wish to cancel: the shipment is cancelled while it can be, else the wish is refused and the parcel goes on. */
export function cancelShipment(shipment: Shipment, now: Date): ShipmentStep {
  const next: Shipment = { ...shipment, version: shipment.version + 1, updatedAt: now };
  if (shipmentMachine.isAllowed(shipment.status, 'CANCELLED')) {
    return statusChanged({ ...next, status: 'CANCELLED' }, shipment.status, 'never');
  }
  const payload = { shipment_id: shipment.shipmentId, status: shipment.status };
  return { shipment: next, fact: { type: 'SHIPMENT_CANCEL_REFUSED', payload }, nextStep: 'as planned' };
}
