import { type Origin } from '../../shared/event-log/event';
import { type Database } from '../../shared/postgres/queryable';
import { type Logger } from '../../shared/observability/logger';
import { createGroupCommit } from '../../shared/postgres/group-commit';
import { advanceShipment as advance, type CarrierReport } from '../domain/advance-shipment';
import { type Shipment } from '../domain/shipment';
import { updateShipments } from '../store/shipment-store';
import { appendStepEvents, type StepWithOrigin } from './append-step-events';
import { logSteps } from './shipment-log';

/**
 * Applies a report of the carrier to a shipment. Returns false when the shipment changed since it was read (a cancellation, another
 * instance): the report is dropped, and the carrier is asked again.
 *
 * @throws IllegalTransitionError when the carrier reports a step that the status table does not allow.
 */
export type AdvanceShipment = (
  shipment: Shipment,
  report: CarrierReport,
  nextStepInMs: number,
  origin: Origin,
) => Promise<boolean>;

/** Advances shipments; those that advance at the same time share a transaction. */
export function createAdvanceShipment(db: Database, logger: Logger): AdvanceShipment {
  const write = createGroupCommit({
    keyOf: ({ step }: StepWithOrigin) => step.shipment.shipmentId,
    async work(steps) {
      const { isCurrent, events } = await db.transaction(async (tx) => {
        const isCurrent = await updateShipments(
          tx,
          steps.map(({ step }) => step),
        );
        const taken = steps.filter(({ step }) => isCurrent.has(step.shipment.shipmentId));
        return { isCurrent, events: appendStepEvents(tx, taken) };
      });
      logSteps(logger, events);
      return steps.map(({ step }) => ({ value: isCurrent.has(step.shipment.shipmentId) }));
    },
  });
  return async (shipment, report, nextStepInMs, origin) =>
    write({ step: advance(shipment, report, nextStepInMs, new Date()), origin });
}
