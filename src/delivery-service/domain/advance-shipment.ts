import {
  MAX_DELIVERY_ATTEMPTS,
  shipmentMachine,
  type ShipmentStatus,
} from '../../shared/contracts/status-machines';
import { IllegalTransitionError } from '../../shared/errors';
import { type Shipment, type ShipmentStep } from './shipment';
import { statusChanged } from './status-changed';

/** The report of a step by the carrier, or by an operator in its place; absent members keep their values. */
export interface CarrierReport {
  status: ShipmentStatus;
  /** The operator; absent if the carrier reported the step. */
  actor?: string;
  carrier?: string;
  trackingNumber?: string;
  estimatedDelivery?: Date;
}

/**
 * Applies a report of the carrier to the shipment.
 *
 * @param nextStepInMs when to ask the carrier again, in milliseconds; ignored at an end status.
 * @throws IllegalTransitionError for a step that the status table does not allow, or a delivery attempt after the last.
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

/** The steps that the status table allows, without another delivery attempt after the last. */
export function allowedSteps({ status, attempts }: Shipment): readonly ShipmentStatus[] {
  const allowed = shipmentMachine.allowedFrom(status);
  const isLast = status === 'DELIVERY_FAILED' && attempts >= MAX_DELIVERY_ATTEMPTS;
  return isLast ? allowed.filter((next) => next !== 'OUT_FOR_DELIVERY') : allowed;
}

/** Answers a cancellation request: cancels the shipment if its status allows it; else refuses the request, and the parcel continues. */
export function cancelShipment(shipment: Shipment, now: Date): ShipmentStep {
  const next: Shipment = { ...shipment, version: shipment.version + 1, updatedAt: now };
  if (shipmentMachine.isAllowed(shipment.status, 'CANCELLED')) {
    return statusChanged({ ...next, status: 'CANCELLED' }, shipment.status, 'never');
  }
  const payload = { shipment_id: shipment.shipmentId, status: shipment.status };
  return { shipment: next, event: { type: 'SHIPMENT_CANCEL_REFUSED', payload }, nextStep: 'as planned' };
}
