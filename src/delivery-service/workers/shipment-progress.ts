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
import { hasEnded, type Shipment } from '../domain/shipment';
import { createAdvanceShipment } from '../services/advance-shipment';
import {
  leaseUntilNextStep,
  postponeShipments,
  takeDueShipments,
  waitForDueShipments,
} from '../services/take-due-shipments';
import { createLeasedShipments } from './leased-shipments';

export interface ShipmentProgressOptions {
  db: Database;
  carrier: Carrier;
  logger: Logger;
}

export interface ShipmentProgress extends BackgroundLoop {
  /** When the first step of a new shipment is to be planned, in milliseconds, so that {@link handOver} can follow. */
  readonly firstStepInMs: number;
  /** Hands over a shipment that this instance has created with a step in {@link firstStepInMs}. */
  handOver(shipment: Shipment): void;
}

const BATCH = 100;
/** Shipments that are due at about the same time are moved together. */
const PACE = { idleMs: 5, busyMs: 15 };
/** The longest pause: another instance may have left due shipments. */
const MAX_IDLE_MS = 1_000;
/** When to ask again after a failure. */
const AFTER_FAILURE_MS = 5_000;
/** Further shipments are returned to the database. */
const MAX_LEASED = 5_000;

/**
 * Asks the carrier about every shipment whose next step is due, and records its reports. A shipment whose next step follows soon stays
 * leased to this instance, which then need not find it in the database again.
 */
export function createShipmentProgress(options: ShipmentProgressOptions): ShipmentProgress {
  const { db, carrier, logger } = options;
  const advanceShipment = createAdvanceShipment(db, logger);
  const leased = createLeasedShipments();
  /** Taken shipments that failed and were not returned yet. */
  const failed = new Set<string>();
  let nextTakeAt = 0;

  async function step(): Promise<StepResult> {
    await returnFailed();
    if (performance.now() >= nextTakeAt) await take();
    const due = leased.takeDue(BATCH);
    await Promise.all(due.map(advance));
    await returnFailed().catch(() => undefined);
    if (due.length === BATCH) return 'busy';
    return due.length > 0 ? 0 : millisecondsToNext();
  }

  async function take(): Promise<void> {
    const taken = await takeDueShipments(db, BATCH);
    for (const shipment of taken) leased.add(shipment, 0);
    // Shipments that this step plans anew are due later than that, or stay leased.
    const waitMs = taken.length === BATCH ? 0 : await waitForDueShipments(db, MAX_IDLE_MS);
    nextTakeAt = performance.now() + waitMs;
  }

  const millisecondsToNext = (): number =>
    Math.max(0, Math.min(nextTakeAt - performance.now(), leased.millisecondsToNext() ?? MAX_IDLE_MS));

  /** A failed shipment must not delay the others of its batch. */
  async function advance(shipment: Shipment): Promise<void> {
    try {
      const { report, nextPollInMs } = await carrier.poll(shipment);
      if (!report) return await postponeShipments(db, [shipment.shipmentId], nextPollInMs);
      const { correlationId, traceparent } = shipment;
      const origin = {
        actor: `carrier:${carrier.name}`,
        correlationId,
        traceparent: childTraceparent(traceparent),
      };
      const leaseMs = leaseUntilNextStep(nextPollInMs);
      const advanced = await advanceShipment(shipment, report, leaseMs ?? nextPollInMs, origin);
      if (!advanced) await postponeShipments(db, [shipment.shipmentId], 0);
      else if (leaseMs !== null && !hasEnded(advanced)) await keep(advanced, nextPollInMs);
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

  async function keep(shipment: Shipment, nextPollInMs: number): Promise<void> {
    if (leased.count() < MAX_LEASED) leased.add(shipment, nextPollInMs);
    else await postponeShipments(db, [shipment.shipmentId], nextPollInMs);
  }

  /** After an outage of the database, failed shipments can be returned only when the database answers again. */
  async function returnFailed(): Promise<void> {
    if (failed.size === 0) return;
    const shipmentIds = [...failed];
    await postponeShipments(db, shipmentIds, AFTER_FAILURE_MS);
    for (const shipmentId of shipmentIds) failed.delete(shipmentId);
  }

  const loop = createBackgroundLoop({
    name: 'shipment progress',
    step,
    idleMs: MAX_IDLE_MS,
    paceMs: PACE,
    logger,
  });
  const lookAgain = (): void => void (nextTakeAt = 0);
  const firstLeaseMs = leaseUntilNextStep(carrier.firstPollInMs);

  return {
    ...loop,
    firstStepInMs: firstLeaseMs ?? carrier.firstPollInMs,
    runOnce() {
      lookAgain();
      return loop.runOnce();
    },
    nudge() {
      lookAgain();
      loop.nudge();
    },
    handOver(shipment) {
      if (firstLeaseMs === null) nextTakeAt = Math.min(nextTakeAt, performance.now() + carrier.firstPollInMs);
      else if (leased.count() < MAX_LEASED) leased.add(shipment, carrier.firstPollInMs);
      else failed.add(shipment.shipmentId);
      loop.nudge();
    },
    /** Returns the leased shipments to the other instances, which else would take them only after their leases. */
    async stop() {
      await loop.stop();
      const shipmentIds = leased.takeAll().map(({ shipmentId }) => shipmentId);
      if (shipmentIds.length > 0) await postponeShipments(db, shipmentIds, 0).catch(() => undefined);
    },
  };
}
