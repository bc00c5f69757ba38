import { type LoggedEvent, type Origin } from '../../shared/event-log/event';
import { type Logger } from '../../shared/observability/logger';
import { isConflict } from '../../shared/postgres/database-errors';
import { createGroupCommit } from '../../shared/postgres/group-commit';
import { type Database, type Transaction } from '../../shared/postgres/queryable';
import { advanceShipment as advance, type CarrierReport } from '../domain/advance-shipment';
import { type Shipment } from '../domain/shipment';
import { advanceAllShipments, advanceShipments } from '../store/shipment-writes';
import { appendStepEvents, type StepWithOrigin } from './append-step-events';
import { logSteps } from './shipment-log';

/**
 * Applies a report of the carrier to a shipment. Returns the shipment as it is then; null when it was changed or held since it was read: the
 * report is dropped.
 *
 * @throws IllegalTransitionError when the carrier reports a step that the status table does not allow.
 */
export type AdvanceShipment = (
  shipment: Shipment,
  report: CarrierReport,
  nextStepInMs: number,
  origin: Origin,
) => Promise<Shipment | null>;

/** Advances shipments; those that advance at the same time share a transaction. */
export function createAdvanceShipment(db: Database, logger: Logger): AdvanceShipment {
  const write = createGroupCommit<StepWithOrigin, Shipment | null>({
    keyOf: ({ step }) => step.shipment.shipmentId,
    async work(steps) {
      const events = await writeSteps(db, steps);
      logSteps(logger, events);
      const written = new Set(events.map(({ subjectId }) => subjectId));
      return steps.map(({ step: { shipment } }) => ({
        value: written.has(shipment.orderId) ? shipment : null,
      }));
    },
  });
  return async (shipment, report, nextStepInMs, origin) =>
    write({ step: advance(shipment, report, nextStepInMs, new Date()), origin });
}

/** Sends all statements with the COMMIT. If a shipment was changed concurrently, writes the steps of the others. Returns their events. */
async function writeSteps(db: Database, steps: readonly StepWithOrigin[]): Promise<LoggedEvent[]> {
  try {
    return await db.transaction((tx) => {
      advanceAllShipments(
        tx,
        steps.map(({ step }) => step),
      );
      return appendStepEvents(tx, steps);
    });
  } catch (error) {
    if (!isConflict(error)) throw error;
    return db.transaction((tx) => writeCurrentSteps(tx, steps));
  }
}

async function writeCurrentSteps(tx: Transaction, steps: readonly StepWithOrigin[]): Promise<LoggedEvent[]> {
  const isCurrent = await advanceShipments(
    tx,
    steps.map(({ step }) => step),
  );
  return appendStepEvents(
    tx,
    steps.filter(({ step }) => isCurrent.has(step.shipment.shipmentId)),
  );
}
