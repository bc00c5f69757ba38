import { messageOf } from '../../shared/errors';
import { type Database } from '../../shared/postgres/queryable';
import { type Logger } from '../../shared/observability/logger';
import { childTraceparent } from '../../shared/observability/context';
import {
  type BackgroundLoop,
  createBackgroundLoop,
  type StepResult,
} from '../../shared/runtime/background-loop';
import { type Carrier } from '../carriers/carrier';
import { type Shipment } from '../domain/shipment';
import { createAdvanceShipment } from '../services/advance-shipment';
import { postponeShipments, takeDueShipments, waitForDueShipments } from '../services/take-due-shipments';

export interface ShipmentProgressOptions {
  db: Database;
  carrier: Carrier;
  logger: Logger;
}

const BATCH = 100;
/** Shipments that are due at about the same time are moved together. */
const PACE_MS = 15;
/** The longest pause: another instance may have left due shipments. */
const MAX_IDLE_MS = 1_000;
/** When to ask again after a failure. */
const AFTER_FAILURE_MS = 5_000;

/** Asks the carrier about every shipment whose next step is due, and records its reports. */
export function createShipmentProgress(options: ShipmentProgressOptions): BackgroundLoop {
  const { db, carrier, logger } = options;
  const advanceShipment = createAdvanceShipment(db, logger);
  /** Taken shipments that failed and were not returned yet. */
  const failed = new Set<string>();

  async function step(): Promise<StepResult> {
    await returnFailed();
    const due = await takeDueShipments(db, BATCH);
    if (due.length === 0) return waitForDueShipments(db, MAX_IDLE_MS);
    await Promise.all(due.map(advance));
    await returnFailed().catch(() => undefined);
    return due.length === BATCH ? 'busy' : 0;
  }

  /** A failed shipment must not delay the others of its batch. */
  async function advance(shipment: Shipment): Promise<void> {
    try {
      const { report, nextPollInMs } = await carrier.poll(shipment);
      const { correlationId, traceparent } = shipment;
      const origin = {
        actor: `carrier:${carrier.name}`,
        correlationId,
        traceparent: childTraceparent(traceparent),
      };
      if (!report) await postponeShipments(db, [shipment.shipmentId], nextPollInMs);
      else if (!(await advanceShipment(shipment, report, nextPollInMs, origin))) {
        await postponeShipments(db, [shipment.shipmentId], 0);
      }
    } catch (error) {
      logger.warn('a shipment could not be advanced', {
        order_id: shipment.orderId,
        shipment_id: shipment.shipmentId,
        correlation_id: shipment.correlationId,
        error: messageOf(error),
      });
      failed.add(shipment.shipmentId);
    }
  }

  /** After an outage of the database, failed shipments can be returned only when the database answers again. */
  async function returnFailed(): Promise<void> {
    if (failed.size === 0) return;
    const shipmentIds = [...failed];
    await postponeShipments(db, shipmentIds, AFTER_FAILURE_MS);
    for (const shipmentId of shipmentIds) failed.delete(shipmentId);
  }

  return createBackgroundLoop({
    name: 'shipment progress',
    step,
    idleMs: MAX_IDLE_MS,
    paceMs: PACE_MS,
    logger,
  });
}
