import { type ExpectedVersions, requireVersion } from '../../shared/errors';
import { type Database } from '../../shared/postgres/queryable';
import { type Origin } from '../../shared/event-log/event';
import { type Logger } from '../../shared/observability/logger';
import { advanceShipment, type CarrierReport } from '../domain/advance-shipment';
import { changeShipping, type NewShipping } from '../domain/change-shipping';
import { type Shipment, type ShipmentStep } from '../domain/shipment';
import { lockShipment, updateShipments } from '../store/shipment-store';
import { appendFacts } from './append-facts';
import { shipmentNotFound } from './find-shipments';
import { logSteps } from './shipment-log';

export interface ChangeShipmentDependencies {
  db: Database;
  /** When the carrier is to be asked about a shipment that an operator has moved, in milliseconds. */
  nextStepInMs: number;
  /** Called after a commit that may have left an event to be sent and a shipment to be moved. */
  shipmentChanged: () => void;
  logger: Logger;
}

/** Which shipment an operator changes, and from which version. */
export interface ShipmentTarget {
  shipmentId: string;
  expected: ExpectedVersions;
}

/**
 * Takes a shipment one step on by hand; the carrier goes on from there. The origin's actor is on record in both services.
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
 * Gives a shipment another carrier, number or expected day. The same once more changes nothing.
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

/** Version check, step and event under the shipment's lock: of two operators, or an operator and the carrier, one is first. */
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
    return { shipment: step.shipment, events: appendFacts(tx, [{ step, origin }]) };
  });
  logSteps(deps.logger, events);
  deps.shipmentChanged();
  return shipment;
}
