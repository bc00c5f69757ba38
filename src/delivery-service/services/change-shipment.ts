import { type ExpectedVersions, requireVersion } from '../../shared/errors';
import { type Database } from '../../shared/postgres/queryable';
import { type Origin } from '../../shared/event-log/event';
import { type Logger } from '../../shared/observability/logger';
import { advanceShipment, type CarrierReport } from '../domain/advance-shipment';
import { changeShipping, type NewShipping } from '../domain/change-shipping';
import { type Shipment, type ShipmentStep } from '../domain/shipment';
import { lockShipment } from '../store/shipment-store';
import { updateShipments } from '../store/shipment-writes';
import { appendStepEvents } from './append-step-events';
import { shipmentNotFound } from './find-shipments';
import { logSteps } from './shipment-log';

export interface ChangeShipmentDependencies {
  db: Database;
  /** When to ask the carrier about a shipment that an operator has moved, in milliseconds. */
  nextStepInMs: number;
  /** Called after a commit that may have changed when the carrier is to be asked. */
  onShipmentChanged: () => void;
  logger: Logger;
}

/** The shipment that an operator changes, and the versions from which the change is allowed. */
export interface ShipmentTarget {
  shipmentId: string;
  expected: ExpectedVersions;
}

/**
 * Applies a step that an operator took; the carrier continues from there. Both services record the actor of the origin.
 *
 * @throws AppError `not_found`, `precondition_failed`, or `conflict` for a step that cannot follow.
 */
export async function changeShipmentStatus(
  deps: ChangeShipmentDependencies,
  target: ShipmentTarget,
  report: CarrierReport,
  origin: Origin,
): Promise<Shipment> {
  return change(deps, target, origin, (current) =>
    advanceShipment(current, { ...report, actor: origin.actor }, deps.nextStepInMs, new Date()),
  );
}

/**
 * Changes the carrier, the tracking number and the expected day of a shipment. A repeat changes nothing.
 *
 * @throws AppError `not_found`, `precondition_failed`, or `conflict` when the shipment has ended.
 */
export async function changeShipmentShipping(
  deps: ChangeShipmentDependencies,
  target: ShipmentTarget,
  shipping: NewShipping,
  origin: Origin,
): Promise<Shipment> {
  return change(deps, target, origin, (current) =>
    changeShipping(current, shipping, origin.actor, new Date()),
  );
}

/**
 * Checks the version, and writes the step and its event, under the lock of the shipment: concurrent changes are made one after the other.
 */
async function change(
  deps: ChangeShipmentDependencies,
  { shipmentId, expected }: ShipmentTarget,
  origin: Origin,
  decide: (current: Shipment) => ShipmentStep | null,
): Promise<Shipment> {
  const { shipment, events } = await deps.db.transaction(async (tx) => {
    const current = await lockShipment(tx, shipmentId);
    if (!current) throw shipmentNotFound();
    requireVersion(expected, current.version);
    const step = decide(current);
    if (!step) return { shipment: current, events: [] };
    await updateShipments(tx, [step]);
    return { shipment: step.shipment, events: appendStepEvents(tx, [{ step, origin }]) };
  });
  logSteps(deps.logger, events);
  deps.onShipmentChanged();
  return shipment;
}
